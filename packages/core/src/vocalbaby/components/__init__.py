"""The steps of training, as functions; the modules of `vocalbaby.pipeline` combine them."""
