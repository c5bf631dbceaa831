package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

const (
	prefix = "resource.customizations.health."
	// As long as Argo CD lets a script run.
	patience = time.Second
)

// argoCD has a script for each kind, as the ConfigMap names them: group_Kind.
type argoCD map[string]string

func readArgoCD(files []string) (argoCD, error) {
	scripts := argoCD{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var config corev1.ConfigMap
		if err := yaml.UnmarshalStrict(text, &config); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for key, script := range config.Data {
			if kind, ok := strings.CutPrefix(key, prefix); ok {
				scripts[kind] = script
			}
		}
	}
	return scripts, nil
}

// health runs the script of the object's kind as Argo CD does, in the same Lua, with the object as the global obj. It opens
// the base and the table library; Argo CD opens two more, which a health check does not need. An object without a script
// has no health.
func (a argoCD) health(object *unstructured.Unstructured) (Said, error) {
	if object.GetDeletionTimestamp() != nil {
		return Said{Status: "Progressing", Message: "Pending deletion"}, nil
	}
	script, ok := a[key(object.GroupVersionKind())]
	if !ok {
		return Said{}, nil
	}
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		call := lua.P{Fn: state.NewFunction(open), Protect: true}
		if err := state.CallByParam(call, lua.LString(name)); err != nil {
			return Said{}, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", toLua(state, object.Object))
	if err := state.DoString(script); err != nil {
		return Said{}, err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return Said{}, fmt.Errorf("the script answers a %s, not a table", state.Get(-1).Type())
	}
	said := Said{Status: lua.LVAsString(table.RawGetString("status")), Message: lua.LVAsString(table.RawGetString("message"))}
	switch said.Status {
	case "Healthy", "Progressing", "Suspended", "Degraded":
		return said, nil
	default:
		return Said{}, fmt.Errorf("Argo CD knows no health %q", said.Status)
	}
}

func key(kind schema.GroupVersionKind) string {
	return kind.Group + "_" + kind.Kind
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case string:
		return lua.LString(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	case []any:
		table := state.CreateTable(len(value), 0)
		for _, item := range value {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(value))
		for name, item := range value {
			table.RawSetString(name, toLua(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}
