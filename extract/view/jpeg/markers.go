package jpeg

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Marker codes, the byte after FF (T.81 table B.1).
const (
	markerTEM   = 0x01
	markerSOF0  = 0xC0 // baseline
	markerSOF2  = 0xC2 // progressive
	markerSOF3  = 0xC3 // lossless
	markerDHT   = 0xC4
	markerJPG   = 0xC8
	markerSOF9  = 0xC9 // sequential, arithmetic coding
	markerSOF10 = 0xCA // progressive, arithmetic coding
	markerDAC   = 0xCC
	markerSOF15 = 0xCF
	markerRST0  = 0xD0
	markerRST7  = 0xD7
	markerSOI   = 0xD8
	markerEOI   = 0xD9
	markerSOS   = 0xDA
	markerDQT   = 0xDB
	markerDNL   = 0xDC
	markerDRI   = 0xDD
	markerDHP   = 0xDE // hierarchical files
	markerEXP   = 0xDF
	markerAPP0  = 0xE0
	markerAPP14 = 0xEE
	markerAPP15 = 0xEF
	markerCOM   = 0xFE
)

// nextMarker returns the marker that ended the last entropy-coded segment, or
// else searches for the next one. Bytes before it are skipped, as are stuffed
// zeros (FF 00) and fill bytes (FF FF), like libjpeg's next_marker.
func (d *Decoder) nextMarker() (byte, error) {
	if m := d.pending; m != 0 {
		d.pending = 0
		return m, nil
	}
	for {
		i := bytes.IndexByte(d.data[d.pos:], 0xFF)
		if i < 0 {
			d.pos = len(d.data)
			return 0, fmt.Errorf("looking for a marker: %w", ErrTruncated)
		}
		d.pos += i + 1
		for d.pos < len(d.data) && d.data[d.pos] == 0xFF {
			d.pos++
		}
		if d.pos == len(d.data) {
			return 0, fmt.Errorf("looking for a marker: %w", ErrTruncated)
		}
		m := d.data[d.pos]
		d.pos++
		if m != 0 {
			return m, nil
		}
	}
}

// payload returns what follows a marker's length field and steps over it.
func (d *Decoder) payload() ([]byte, error) {
	if len(d.data)-d.pos < 2 {
		return nil, ErrTruncated
	}
	n := int(binary.BigEndian.Uint16(d.data[d.pos:]))
	if n < 2 {
		return nil, fmt.Errorf("segment length %d: %w", n, ErrCorrupt)
	}
	if len(d.data)-d.pos < n {
		return nil, ErrTruncated
	}
	body := d.data[d.pos+2 : d.pos+n]
	d.pos += n
	return body, nil
}

// skippable returns the payload of a segment that decoding does not need. A length below
// 2 counts as an empty segment, as in libjpeg. After a length beyond the end of the data
// there is nothing left to read.
func (d *Decoder) skippable() ([]byte, error) {
	if n := d.data[d.pos:]; len(n) >= 2 && n[0] == 0 && n[1] < 2 {
		d.pos += 2
		return nil, nil
	}
	body, err := d.payload()
	if err != nil {
		d.pos = len(d.data)
	}
	return body, err
}

// readMarkers handles markers up to and including the next SOS or EOI, which it
// returns for the caller to act on.
func (d *Decoder) readMarkers() (byte, error) {
	for {
		m, err := d.nextMarker()
		if err != nil {
			return 0, err
		}
		if err := d.readMarker(m); err != nil {
			return 0, fmt.Errorf("%s: %w", markerName(m), err)
		}
		if m == markerSOS || m == markerEOI {
			return m, nil
		}
	}
}

// readMarker handles one marker and its segment.
func (d *Decoder) readMarker(m byte) error {
	switch {
	case m == markerEOI:
		return nil
	case m == markerTEM, markerRST0 <= m && m <= markerRST7:
		return nil // no parameters
	case m == markerDNL, m == markerCOM,
		markerAPP0 <= m && m <= markerAPP15:
		body, err := d.skippable()
		if err == nil {
			d.readApplication(m, body)
		}
		return err
	case m == markerSOI:
		return fmt.Errorf("second start of image: %w", ErrCorrupt)
	case m < markerSOF0, m > markerAPP15, m == markerDHP, m == markerEXP:
		return fmt.Errorf("reserved marker: %w", ErrUnsupported)
	}
	if err := refuseProcess(m); err != nil {
		return err
	}
	if isFrame(m) && d.frame.components != nil {
		return fmt.Errorf("second frame: %w", ErrCorrupt)
	}
	body, err := d.payload()
	if err != nil {
		return err
	}
	switch m {
	case markerDHT:
		return d.readHuffmanTables(body)
	case markerDAC:
		return d.readConditioning(body)
	case markerDQT:
		return d.readQuantTables(body)
	case markerDRI:
		if len(body) != 2 {
			return fmt.Errorf("length %d: %w", len(body), ErrCorrupt)
		}
		d.restartInterval = int(binary.BigEndian.Uint16(body))
		return nil
	case markerSOS:
		return d.readScanHeader(body)
	default:
		return d.readFrameHeader(m, body)
	}
}

func isFrame(m byte) bool {
	return markerSOF0 <= m && m <= markerSOF3 || m == markerSOF9 || m == markerSOF10
}

// refuseProcess returns an error for coding processes that are not supported.
func refuseProcess(m byte) error {
	switch m {
	case 0xCB:
		return fmt.Errorf("lossless with arithmetic coding: %w", ErrUnsupported)
	case 0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF:
		return fmt.Errorf("hierarchical: %w", ErrUnsupported)
	case markerJPG:
		return fmt.Errorf("reserved marker: %w", ErrUnsupported)
	}
	return nil
}

func markerName(m byte) string {
	switch {
	case m == markerDHT:
		return "Huffman tables"
	case m == markerDAC:
		return "arithmetic conditioning"
	case m == markerDQT:
		return "quantisation tables"
	case m == markerDRI:
		return "restart interval"
	case m == markerSOS:
		return "scan header"
	case markerSOF0 <= m && m <= markerSOF15:
		return fmt.Sprintf("frame header SOF%d", m-markerSOF0)
	}
	return fmt.Sprintf("marker FF%02X", m)
}

// readApplication records what the colour space depends on: whether there is a JFIF
// segment, and the Adobe segment's transform. Lengths as in libjpeg's
// examine_app0 and examine_app14.
func (d *Decoder) readApplication(m byte, body []byte) {
	switch {
	case m == markerAPP0 && len(body) >= 14 && string(body[:5]) == "JFIF\x00":
		d.jfif = true
	case m == markerAPP14 && len(body) >= 12 && string(body[:5]) == "Adobe":
		d.adobe = true
		d.adobeTransform = body[11]
	}
}

// readQuantTables reads a DQT segment; tables arrive in zigzag order and are
// kept in natural order (T.81 B.2.4.1).
func (d *Decoder) readQuantTables(body []byte) error {
	for len(body) > 0 {
		wide, slot := body[0]>>4 != 0, body[0]&15
		body = body[1:]
		size := 64
		if wide {
			size = 128
		}
		if slot > 3 || len(body) < size {
			return fmt.Errorf("table %d, %d bytes: %w", slot, len(body), ErrCorrupt)
		}
		table := &d.quant[slot]
		for k := range 64 {
			if wide {
				table[zigzag[k]] = binary.BigEndian.Uint16(body[2*k:])
			} else {
				table[zigzag[k]] = uint16(body[k])
			}
		}
		d.haveQuant[slot] = true
		body = body[size:]
	}
	return nil
}
