// Package cache stores features in a file, so that none is computed twice.
//
// [Open] opens the store. A [Writer] from [Store.NewWriter] adds the features of
// one [Space]; [Store.Index] lists the stored features, and [Store.Read] fills a
// matrix with them at memory speed. [Store.PutScan] stores the description of an image
// folder, a [folder.Scan]: [Store.LastScan] returns it to training, and [Store.Known]
// tells the next extract which files have not changed and need not be read.
//
// [GC], [Merge] and [Salvage] work on whole files. The package never opens an image.
// It identifies an image by the SHA-256 of its file, and knows of an image folder only
// what a [folder.Scan] holds.
//
// # The file
//
// A store is one bbolt database (format 2 of go.etcd.io/bbolt, with pages of 4 KiB) of
// the nested buckets below. Numbers are little-endian unless noted otherwise; uvarint
// and varint are those of encoding/binary, in their shortest form; text is a uvarint
// length and that many bytes. A sealed value ends with a checksum of 4 bytes: the
// CRC-32C (Castagnoli) of its key followed by the bytes before the checksum.
//
//	featurecache                        the header
//	├── "format"    sealed: version, uint32, now 1
//	├── "created"   sealed: nanoseconds since 1970, int64
//	└── "last"      sealed: SpaceID of the last scan
//	spaces
//	└── SpaceID                         one bucket for each space
//	    ├── "space"   sealed: description
//	    ├── blocks
//	    │   └── number              one bucket for each block
//	    │       ├── "content"   sealed, with the number as its key: a row
//	    │       └── "features"  the features and their checksums
//	    └── bad       SHA-256 → reason  sealed: images that can't be used
//	scans
//	└── SpaceID → sealed: the space's last scan
//	manifest
//	└── hash → chunk                    part of a scan's lists
//	seen
//	└── root                            one bucket for each image folder
//	    └── number → sealed: chunk      files that an extract read before it was killed
//
// A description holds the fields that shape a feature, then the model's file name
// and the time at which the space was created, in nanoseconds since 1970. The SpaceID
// is the SHA-256 of the line "featurecache space 1\n" followed by the description's
// first five fields.
//
//	┌──────────────┬──────────────┬────────────────┬───────────────┬──────────────┬────────────┬───────────────┐
//	│ backbone <32>│ feature text │ transform text │ numerics text │ width uint32 │ model text │ created int64 │
//	└──────────────┴──────────────┴────────────────┴───────────────┴──────────────┴────────────┴───────────────┘
//
// # Blocks
//
// A block holds the features of n consecutive slots, at most 1 MiB. One transaction
// commits one block. Blocks are numbered from 0 in the order in which they were
// written; the number is a big-endian uint32, and the sequence of the bucket blocks
// counts them. A row lists the keys of the slots: its groups cover the slots in order,
// and each group is a run of consecutive views. No key is in two rows. A feature's
// checksum is the CRC-32C of SpaceID, image hash, view (uint32) and feature, so it
// detects a feature stored in the wrong place as well as a flipped bit.
//
//	row                                        features
//	┌──────────────────────────────────┐       ┌──────────────────────────────┐
//	│ image hash <32>                  │ for   │ checksum of slot 0   uint32  │
//	│ groups minus one uvarint         │ each  │ …                            │
//	│ ┌──────────────────────────────┐ │ image │ checksum of slot n−1 uint32  │
//	│ │ first view           uvarint │ │ for   ├──────────────────────────────┤
//	│ │ views minus one      uvarint │ │ each  │ feature of slot 0  width×f32 │
//	│ └──────────────────────────────┘ │ group │ …                            │
//	├──────────────────────────────────┤       │ feature of slot n−1          │
//	│ seal <4>                         │       └──────────────────────────────┘
//	└──────────────────────────────────┘
//
// Each block has a bucket of its own, and so its own pages: bbolt never rewrites it
// and leaves no holes. The waste is half a page in 257. The row comes first, on the
// page that the check in [Open] reads anyway. With 512 values per feature, the whole
// file is about 1.01 times the size of the features at 25 views per image, and 1.05 to
// 1.12 times at one view, because hash, path and stamp take about 100 bytes per image.
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
// A chunk begins with its kind, one byte: 0 images, 1 bad images, 2 ignored files.
// Its hash is the first half of its SHA-256; scans that contain the same chunk share
// it. A chunk ends after a path whose CRC-32C has its ten lowest bits clear, or at 8192
// entries, so one new file changes one chunk. An entry is encoded relative to the
// entry before it in the chunk:
//
//	┌────────────────┬──────────────┬─────────────┐
//	│ shared uvarint │ rest text    │ reason text │ no reason in kind 0
//	├────────────┬───┴───────────┬──┴─────────────┤
//	│ flags byte │ label uvarint │ size varint    │ none of these in kind 2
//	├────────────┴──┬────────────┴──┬─────────────┤
//	│ mtime varint  │ inode varint  │ hash <32>   │ nor of these
//	└───────────────┴───────────────┴─────────────┘
//
// The path is the first "shared" bytes of the previous path, followed by "rest". The
// modification time (nanoseconds) and the inode are differences to the previous entry;
// before the first entry all are zero. Bit 0 of the flags marks a stamp that can't be
// trusted, see [folder.Scan.Racy]; the other bits are the split, 0 train and 1 val.
//
// The chunks in seen are of kind 0. Their numbers are big-endian uint64, from 1. An
// extract writes them while it runs; storing the scan at its end removes them, and GC
// does not copy them. The bucket is created when it is first needed.
//
// A scan's [folder.Shards] are stored in the list of ignored files, as an extra entry
// whose path is ".": the folder itself, which no scan ignores. Its reason is
//
//	not all of it: has only the shards I,… of N; data set HEX
//
// If no shard is missing, "joined of" replaces "not all of it: has only". The
// numbers are decimal and ascending. The part from the semicolon on is absent when the
// fingerprint is not known. Another extra entry, whose path is "./colours", holds the text
// [folder.Scan.Preprocessing]. The count of ignored files includes neither.
//
// # Damage
//
// bbolt trusts the file that it maps into memory. So [Open] walks the file's pages
// before bbolt sees them, and returns [ErrDamaged] for a file that could crash bbolt.
// Checksums detect all other damage when a page is read. If the file is truncated
// while open, the fault on the memory map becomes ErrDamaged too. bbolt's two meta
// pages make each commit atomic. [Salvage] makes a new store from the intact parts of
// a damaged one.
//
// # Versions
//
// A reader reads its own version of the format and all lower ones, and refuses higher
// ones. It ignores unknown buckets at the root of the file, and unknown names in the
// header, in a space and in a block. A change that an old reader would misunderstand
// raises the version; GC writes the newest version. There is no other migration: the
// file is a cache, and can be computed again.
package cache
