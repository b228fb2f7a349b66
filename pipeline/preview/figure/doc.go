// Package figure draws titled pictures in rows, as matplotlib's subplots do, for
// people to look at.
package figure
