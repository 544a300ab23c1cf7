"""How days and times are written where Django writes them, as in the records: the words of `lib.clock`."""
