// Package cache keeps features in a file, so that none is computed twice.
//
// [Open] opens the store. A [Writer] from [Store.NewWriter] adds the features of
// one [Space]; [Store.Index] lists what is there, and [Store.Read] fills a matrix
// with features at memory speed. [Store.PutScan] keeps the description of an image
// folder, a [folder.Scan]: [Store.LastScan] returns it to training, and [Store.Known]
// tells the next extract which files have not changed and need not be read.
//
// [GC], [Merge] and [Salvage] work on whole files. The package opens and decodes no
// image: to it an image is the SHA-256 of its file, and a path a scan's entry.
//
// # The file
//
// A store is one bbolt database (format 2 of go.etcd.io/bbolt, pages of 4 KiB) of
// nested buckets, here with what is in them. Numbers are little-endian unless
// said otherwise; uvarint and varint are encoding/binary's, no longer than they
// must be; text is a uvarint length and that many bytes. A sealed value ends with
// the CRC-32C (Castagnoli) of its key and of what precedes the checksum, 4 bytes.
//
//	featurecache                        the header
//	├── "format"    sealed: version, uint32, now 1
//	├── "created"   sealed: nanoseconds since 1970, int64
//	└── "last"      sealed: SpaceID of the last scan
//	spaces
//	└── SpaceID                         a bucket for each space
//	    ├── "space"   sealed: description
//	    ├── blocks
//	    │   └── number              a bucket for each block
//	    │       ├── "content"   sealed with the number as its key: a row
//	    │       └── "features"  the features, with their checksums
//	    └── bad       SHA-256 → reason  sealed: images that can't be used
//	scans
//	└── SpaceID → sealed: the space's last scan
//	manifest
//	└── hash → chunk                    a part of a scan's lists
//	seen
//	└── root                            a bucket for each folder
//	    └── number → sealed: chunk      files that an extract read before it was killed
//
// A description is the fields that shape a feature, then the model's file name
// and the time at which the space was begun. The SpaceID is the SHA-256 of the
// line "featurecache space 1\n" and the description's first five fields.
//
//	┌──────────────┬──────────────┬────────────────┬───────────────┬──────────────┬────────────┬───────────────┐
//	│ backbone <32>│ feature text │ transform text │ numerics text │ width uint32 │ model text │ created int64 │
//	└──────────────┴──────────────┴────────────────┴───────────────┴──────────────┴────────────┴───────────────┘
//
// # Blocks
//
// A block holds the features of n consecutive slots, 1 MiB of them or fewer, and
// is what one transaction commits. Blocks are numbered in the order in which they
// were written, from 0; the number is uint32, big-endian, and the sequence of the
// bucket that they are in is how many there are. A row says what is in the slots:
// its groups cover them in order. No key is in two rows. A feature's checksum is
// the CRC-32C of SpaceID, image hash, view (uint32) and feature, so a feature in
// another's place is found out like one with a flipped bit.
//
//	row                                        features
//	┌──────────────────────────────────┐       ┌──────────────────────────────┐
//	│ image hash <32>                  │ for   │ checksum of slot 0   uint32  │
//	│ groups less one  uvarint         │ each  │ …                            │
//	│ ┌──────────────────────────────┐ │ image │ checksum of slot n−1 uint32  │
//	│ │ first view           uvarint │ │ for   ├──────────────────────────────┤
//	│ │ views less one       uvarint │ │ each  │ feature of slot 0  width×f32 │
//	│ └──────────────────────────────┘ │ group │ …                            │
//	├──────────────────────────────────┤       │ feature of slot n−1          │
//	│ seal <4>                         │       └──────────────────────────────┘
//	└──────────────────────────────────┘
//
// A block has a bucket, and so pages, of its own: bbolt never writes it again, no
// holes arise, and half a page in 257 is all that is wasted. The row stands in
// front, on the page that the check at opening reads anyway. At 512 values a
// feature the whole file is about 1.01 times the features with 25 views an image,
// and 1.05 to 1.12 times with one, where hash, path and stamp weigh about 100 bytes.
//
// # Scans
//
//	┌───────────┬─────────────┬───────────────┬─────────────┐
//	│ root text │ time varint │ views uvarint │ seed uint64 │ nanoseconds since 1970
//	├───────────┴┬────────────┴┬──────────────┴┬────────────┴────┐
//	│ train      │ val         │ bad           │ ignored         │ counts, uvarints
//	├────────────┴─┬───────────┴───┬───────────┴─────────────────┤
//	│ n uvarint    │ n × text      │ classes                     │
//	├──────────────┼───────────────┼─────────────────────────────┤
//	│ n uvarint    │ n × hash <16> │ chunks of images            │
//	│ n uvarint    │ n × hash <16> │ chunks of bad images        │
//	│ n uvarint    │ n × hash <16> │ chunks of ignored files     │
//	└──────────────┴───────────────┴─────────────────────────────┘
//
// A chunk begins with its kind, a byte: 0 images, 1 bad images, 2 ignored files.
// Its hash is the first half of its SHA-256; scans with the same part share it.
// A chunk ends after a path whose CRC-32C has its ten lowest bits clear, or at 8192
// entries, so that one new file changes one chunk. An entry is written against
// the one before it in the chunk:
//
//	┌────────────────┬──────────────┬─────────────┐
//	│ shared uvarint │ rest text    │ reason text │ path; the reason not in kind 0
//	├────────────┬───┴───────────┬──┴─────────────┤
//	│ flags byte │ label uvarint │ size varint    │ these not in kind 2
//	├────────────┴──┬────────────┴──┬─────────────┤
//	│ mtime varint  │ inode varint  │ hash <32>   │ differences to the entry before
//	└───────────────┴───────────────┴─────────────┘
//
// The chunks in seen are of kind 0 and numbered from 1, uint64, big-endian. They
// are written while an extract is at work, removed with the scan that it ends
// with, and not copied by GC. The bucket is made when it is needed first.
//
// Bit 0 of the flags marks a stamp that can't be trusted, for the file was hardly
// older than the scan; the other bits are the split, 0 train and 1 val.
//
// A scan's [folder.Shards] are stored in the list of ignored files, as one more entry
// with the path ".", the folder itself, which no scan ignores. The reason there is
//
//	not all of it: has only the shards I,… of N; data set HEX
//
// or, when no shard is missing, with "joined of" for "not all of it: has only". The
// numbers are decimal and ascending. The part from the semicolon on is absent when the
// fingerprint is not known. The count of ignored files includes the entry.
//
// # Damage
//
// bbolt trusts what it maps into memory. So [Open] walks the file's pages before
// bbolt sees them, and a file that could crash it is [ErrDamaged]; what else may
// be wrong with a page, a checksum finds when it is read. Faults on the memory
// map, of a file that is cut short while open, become ErrDamaged too. bbolt's own
// two meta pages make each commit whole or undone. [Salvage] makes a new store of
// what is whole in a damaged one.
//
// # Way forward
//
// A reader refuses a format of a higher version than its own and reads all lower
// ones. Names that it does not know within a bucket it leaves alone. A
// change that an old reader would misunderstand raises the version; GC writes
// the newest one. Nothing else is a migration: the file is a cache, and can be
// made again.
package cache
