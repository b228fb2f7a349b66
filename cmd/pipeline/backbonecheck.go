package main

import (
	"context"
	"encoding/json"
	"fmt"

	"featurecache/extract/backbone/check"
)

type backboneCheckCmd struct {
	modelFlags `embed:""`
	Reference  string `required:"" placeholder:"FILE" help:"NumPy .npz file with the arrays input [N,3,H,W] and features [N,D] of another program."`
	JSON       bool   `help:"Print one JSON object per row, then a summary."`
}

func (*backboneCheckCmd) Help() string {
	return `Example:
  pipeline backbone check --backbone resnet18.onnx --reference resnet18.npz

Runs the inputs and prints the relative L2 error of each row and the largest of all rows. The image size is that of the inputs. Make the reference with numpy.savez("resnet18.npz", input=x, features=f).

Exit status: 0 every row is within 5e-5; 1 a row is not, or the check failed; 2 wrong usage.`
}

// Run runs the command.
func (c *backboneCheckCmd) Run(ctx context.Context, con console) error {
	enc := json.NewEncoder(con.stdout)
	result, err := check.Run(ctx, check.Options{
		Backbone: c.Backbone, Feature: c.Feature, Reference: c.Reference,
	}, func(row int, relative float64) error {
		if c.JSON {
			return enc.Encode(map[string]any{"row": row, "error": finite(relative)})
		}
		_, err := fmt.Fprintf(con.stdout, "row %d\t%.3g\n", row, relative)
		return err
	})
	if result == nil {
		return err
	}
	if c.JSON {
		if jsonErr := enc.Encode(map[string]any{
			"rows": result.Rows, "worst": finite(result.Worst), "worst_row": result.WorstRow, "limit": check.Tolerance, "pass": err == nil,
		}); jsonErr != nil {
			return jsonErr
		}
		return err
	}
	fmt.Fprintf(con.stdout, "worst of %s: %.3g in row %d, the limit is %g\n", count(result.Rows, "row"), result.Worst, result.WorstRow, check.Tolerance)
	return err
}

// finite is x, or null in JSON, which has no infinity and no NaN.
func finite(x float64) any {
	if x-x != 0 {
		return nil
	}
	return x
}
