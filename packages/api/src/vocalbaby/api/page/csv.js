// The table as CSV, with the columns of `vocalbaby predict --format csv`.

/** Return a quoted cell that no spreadsheet takes for a formula. */
function cell(value) {
  const text = String(value ?? "");
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Return the CSV of items in their order; an item without a result has only its name. */
export function toCsv(items, classes) {
  const head = [
    "file", "label", ...classes, "duration_s", "model_version", "warnings", "error", "message",
  ];
  const rows = items.map(({ name, result, error }) => [
    name,
    result?.label,
    ...classes.map((label) => result?.probabilities[label].toFixed(6)),
    result?.duration_s.toFixed(3),
    result?.model_version,
    result?.warnings.map((warning) => warning.code).join(";"),
    error?.code,
    error && `${error.detail} ${error.hint}`.trim(),
  ]);
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}
