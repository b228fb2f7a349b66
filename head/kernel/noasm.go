package kernel

// accelerated is empty where there is no assembly.
var accelerated []*Set
