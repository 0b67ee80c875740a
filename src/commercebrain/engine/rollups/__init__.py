"""Roll-ups: what is kept summed of a dataset's lines, made by kernels and read by questions."""
