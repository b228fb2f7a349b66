package cache

import "time"

// LockTimeout is how long a command waits for another one to end its work on the store.
const LockTimeout = 5 * time.Second
