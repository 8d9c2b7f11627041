package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"
	luajson "layeh.com/gopher-json"
)

// What Argo CD grants a custom health script: one second, no library beyond these, and of `os` only two functions.
const timeLimit = time.Second

var libraries = []struct {
	name string
	open lua.LGFunction
}{
	{lua.LoadLibName, lua.OpenPackage},
	{lua.BaseLibName, lua.OpenBase},
	{lua.TabLibName, lua.OpenTable},
	{lua.OsLibName, openTimeAndDate},
}

var healthStatuses = []string{"Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"}

// healthLua judges with a health.lua script. As in Argo CD, a script that fails makes the object's health Unknown,
// with the failure as its message.
func healthLua(script string) judge {
	return func(object []byte) (any, error) {
		health, err := runHealthLua(script, object)
		if err != nil {
			return verdict{Status: "Unknown", Message: err.Error()}, nil
		}
		return health, nil
	}
}

// luaTable runs a script that changes or describes an object and gives the table that it returns.
func luaTable(script string) judge {
	return func(object []byte) (any, error) {
		encoded, err := runLua(script, object)
		return json.RawMessage(encoded), err
	}
}

func runHealthLua(script string, object []byte) (verdict, error) {
	encoded, err := runLua(script, object)
	if err != nil {
		return verdict{}, err
	}
	var health verdict
	if err := json.Unmarshal(encoded, &health); err != nil {
		return verdict{}, err
	}
	if !slices.Contains(healthStatuses, health.Status) {
		return verdict{}, errors.New("Lua returned an invalid health status")
	}
	return health, nil
}

// runLua gives the table that a script returns, as JSON.
func runLua(script string, object []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeLimit)
	defer cancel()
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	state.SetContext(ctx)
	for _, library := range libraries {
		state.Push(state.NewFunction(library.open))
		state.Push(lua.LString(library.name))
		state.Call(1, 0)
	}

	decoded, err := luajson.Decode(state, object)
	if err != nil {
		return nil, err
	}
	state.SetGlobal("obj", decoded)
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	returned := state.Get(-1)
	if returned.Type() != lua.LTTable {
		return nil, fmt.Errorf("expect table output from Lua script, not %s", returned.Type())
	}
	return luajson.Encode(returned)
}

func openTimeAndDate(state *lua.LState) int {
	lua.OpenOs(state)
	full := state.Get(-1).(*lua.LTable)
	var others []lua.LValue
	full.ForEach(func(name, _ lua.LValue) {
		if name != lua.LString("time") && name != lua.LString("date") {
			others = append(others, name)
		}
	})
	for _, name := range others {
		full.RawSet(name, lua.LNil)
	}
	return 1
}
