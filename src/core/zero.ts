/**
 * Where numbers begin that will have fractions: this zero is kept as a double from the start. A field that begins with
 * a small integer changes the shape of its object at the first fraction, and V8 throws away all code that knows the
 * shape, which of hundreds of compilations in the first seconds of a run were a good part.
 */
export const ZERO = -0;
