// Command judges tells what other programs make of Kubernetes objects. It reads JSON objects from standard
// input and prints one verdict, {"status": ..., "message": ...}, per object and line.
//
//	judges kstatus     what kstatus (Flux, Helm, kpt) says
//	judges lua FILE    what Argo CD says with FILE as the health.lua of the object's kind
//	judges table FILE  what FILE returns, as Argo CD runs an action.lua or a discovery.lua; no verdict
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// A judge gets one object as JSON and gives what is printed of it.
type judge func(object []byte) (any, error)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "judges:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	judge, err := choose(args)
	if err != nil {
		return err
	}
	objects := json.NewDecoder(in)
	verdicts := json.NewEncoder(out)
	for {
		var object json.RawMessage
		if err := objects.Decode(&object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		verdict, err := judge(object)
		if err != nil {
			return err
		}
		if err := verdicts.Encode(verdict); err != nil {
			return err
		}
	}
}

func choose(args []string) (judge, error) {
	switch {
	case len(args) == 1 && args[0] == "kstatus":
		return judgeKstatus, nil
	case len(args) == 2 && args[0] == "lua":
		script, err := os.ReadFile(args[1])
		return healthLua(string(script)), err
	case len(args) == 2 && args[0] == "table":
		script, err := os.ReadFile(args[1])
		return luaTable(string(script)), err
	default:
		return nil, errors.New("usage: judges kstatus | judges lua FILE | judges table FILE")
	}
}
