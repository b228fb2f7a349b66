package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Measures of a chart. A unit is a pixel on a phone, where text of size 12 is readable;
// elsewhere the chart is drawn larger.
const (
	chartWidth, chartHeight = 340, 250
	plotLeft, plotRight     = 52, 330
	plotTop, plotBottom     = 14, 206
)

// chart is a line plot and the table of its figures.
type chart struct {
	ID, Title, Text string // Text describes the plot in words
	XLabel, YLabel  string
	xMin, xMax      float64
	yMin, yMax      float64
	XTicks, YTicks  []tick
	Lines           []line
	Marks           []tick // vertical lines
	Dots            []dot
	Diagonal        bool // from the lower left to the upper right
	Table           table
}

// tick is a place on an axis, and its text.
type tick struct {
	At   string
	Text string
}

// line is a series. Style names its colour and dashes in the style sheet.
type line struct{ Name, Style, Path string }

// dot is a measured point with its interval. Text is its tooltip.
type dot struct{ X, Y, Low, High, Radius, Text string }

// table is a table whose first column holds the rows' headings.
type table struct {
	Caption string
	Head    []string
	Rows    [][]string
}

// newChart adds ticks to a chart whose ranges are set.
func newChart(c chart) chart {
	for _, v := range niceTicks(c.xMin, c.xMax) {
		c.XTicks = append(c.XTicks, tick{c.x(v), number(v)})
	}
	for _, v := range niceTicks(c.yMin, c.yMax) {
		c.YTicks = append(c.YTicks, tick{c.y(v), number(v)})
	}
	return c
}

func (c *chart) x(v float64) string {
	return coordinate(plotLeft + (v-c.xMin)/(c.xMax-c.xMin)*(plotRight-plotLeft))
}

func (c *chart) y(v float64) string {
	return coordinate(plotBottom - (v-c.yMin)/(c.yMax-c.yMin)*(plotBottom-plotTop))
}

// coordinate rounds to a tenth of a pixel.
func coordinate(v float64) string { return strconv.FormatFloat(math.Round(10*v)/10, 'f', -1, 64) }

// add draws a series. A point that falls on the previous one is left out, so that the
// size of a curve does not grow with a million samples.
func (c *chart) add(name, style string, n int, at func(i int) (x, y float64)) {
	var path strings.Builder
	last := ""
	for i := range n {
		x, y := at(i)
		point := c.x(x) + " " + c.y(y)
		if point == last {
			continue
		}
		last = point
		if path.Len() == 0 {
			path.WriteString("M")
		} else {
			path.WriteString("L")
		}
		path.WriteString(point)
	}
	c.Lines = append(c.Lines, line{Name: name, Style: style, Path: path.String()})
}

// niceTicks returns four to eight round numbers from low to high.
func niceTicks(low, high float64) []float64 {
	step := math.Pow10(int(math.Floor(math.Log10((high - low) / 4))))
	for _, factor := range []float64{1, 2, 2.5, 5, 10} {
		if (high-low)/(step*factor) <= 6 {
			step *= factor
			break
		}
	}
	var ticks []float64
	for k := math.Ceil(low/step - 1e-9); k*step <= high+1e-9*step; k++ {
		ticks = append(ticks, k*step+0) // + 0: no tick reads -0
	}
	return ticks
}

// number formats a tick without the noise of binary fractions.
func number(v float64) string { return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64) }

// percent never rounds up to 100 %. The space before the sign does not break.
func percent(share float64) string {
	if share < 1 && share >= 0.9995 {
		return "over\u00a099.9\u00a0%"
	}
	return fmt.Sprintf("%.1f\u00a0%%", 100*share)
}
