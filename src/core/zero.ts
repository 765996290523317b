/**
 * Where numbers begin that will have fractions. A field that begins as a small integer changes the shape of its object at
 * the first fraction, and V8 throws away all code that it has compiled for that shape, again and again in the first
 * seconds of a run. This zero is a double from the start.
 */
export const ZERO = -0;
