// Package jpeg decodes JPEG files to exactly the pixels that Pillow shows.
package jpeg
