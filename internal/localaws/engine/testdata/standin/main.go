// Standin is the program of the image that tests start: a stand-in, and a few commands for Run.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"webapp/internal/localaws/engine"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return engine.StandIn(context.Background(), os.Stdout)
	}
	switch args[0] {
	case "exit":
		code, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		os.Exit(code)
	case "get":
		response, err := (&http.Client{Timeout: 3 * time.Second}).Get(args[1])
		if err != nil {
			return err
		}
		return response.Body.Close()
	case "write":
		return os.WriteFile(args[1], []byte("written in a container"), 0o644)
	}
	return nil
}
