import pytest

from vocalbaby.inference.clock_times import clock_of_name


@pytest.mark.parametrize(
    ("name", "time"),
    [
        ("20190523_0930", "2019-05-23T09:30:00"),
        ("20190523_093015", "2019-05-23T09:30:15"),
        ("20190523_093015T", "2019-05-23T09:30:15"),
        ("20190523-093015", "2019-05-23T09:30:15"),
        ("20190523T093015Z", "2019-05-23T09:30:15+00:00"),
        ("SMA01234_20190523_093015", "2019-05-23T09:30:15"),
        ("child07_2019-05-23_09-30-15_home", "2019-05-23T09:30:15"),
        ("2019-05-23 09.30.15", "2019-05-23T09:30:15"),
        ("2019-05-23T09:30:15+02:00", "2019-05-23T09:30:15+02:00"),
        ("2019-05-23T09:30:15.250", "2019-05-23T09:30:15"),
        ("2019_05_23_09_30", "2019-05-23T09:30:00"),
        ("2019-05-23_09h30m15", "2019-05-23T09:30:15"),
        ("190523-093015", "2019-05-23T09:30:15"),
        ("Zoom_190523_093015_Tr1", "2019-05-23T09:30:15"),
        ("5CE66B98", "2019-05-23T09:44:56+00:00"),
        ("20191399_0930_20190523_0930", "2019-05-23T09:30:00"),  # the first is no date
    ],
)
def test_reads_the_time_of_a_name(name: str, time: str) -> None:
    found = clock_of_name(name)
    assert found is not None
    assert found.isoformat() == time


@pytest.mark.parametrize(
    "name",
    [
        "day1",
        "20190523",  # a date alone
        "20190523_2530",
        "20191399_0930",
        "e20190523_093015_012345",  # LENA: the transfer
        "C01_e20190523_093015_012345",
        "190523_0012",  # a number, or a time
        "120190523_0930",  # a longer number
        "20190523_09301",
        "DEADBEEF",  # not within the years of such recorders
        "12345678",
        "",
    ],
)
def test_knows_no_time_where_there_may_be_none(name: str) -> None:
    assert clock_of_name(name) is None
