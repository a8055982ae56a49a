/// A module whose backward runs forward again. It reads weights a second time, and stops the program where they have
/// changed.
package protocol Recomputing: Module {}
