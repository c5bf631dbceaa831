// gitops-health says of each object on standard input how healthy the tools of GitOps take it to be, each by the code
// that it runs itself: kstatus by its library, Argo CD by its Lua, Flux by its evaluator of CEL. It reads the checks
// from the files that people copy, and talks to no cluster.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

const usage = `usage: kubectl get resourcetypes,assignmentrequests,provisioningorders -o json | gitops-health [-argocd FILE] [-flux FILE]...

Prints a JSON list: each object's kind and name, and what kstatus, Argo CD and Flux say of it.
`

// Said is what one tool says of one object.
type Said struct {
	Status  string `json:"status"`
	Message string `json:"message,omitempty"`
}

// Judged is what all say of one object.
type Judged struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Kstatus Said   `json:"kstatus"`
	ArgoCD  Said   `json:"argocd"`
	Flux    Said   `json:"flux"`
}

type files []string

func (f *files) String() string     { return fmt.Sprint(*f) }
func (f *files) Set(s string) error { *f = append(*f, s); return nil }

func main() {
	flags := flag.NewFlagSet("gitops-health", flag.ExitOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage); flags.PrintDefaults() }
	var argocd, flux files
	flags.Var(&argocd, "argocd", "a ConfigMap argocd-cm with resource.customizations.health")
	flags.Var(&flux, "flux", "Kustomizations of Flux with healthCheckExprs")
	_ = flags.Parse(os.Args[1:])
	if err := run(argocd, flux, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(argocdFiles, fluxFiles []string, in io.Reader, out io.Writer) error {
	lua, err := readArgoCD(argocdFiles)
	if err != nil {
		return err
	}
	cel, err := readFlux(fluxFiles)
	if err != nil {
		return err
	}
	objects, err := readObjects(in)
	if err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	judged := []Judged{}
	for _, object := range objects {
		one, err := judge(object, lua, cel)
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		judged = append(judged, one)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(judged)
}

func judge(object *unstructured.Unstructured, lua argoCD, cel flux) (Judged, error) {
	kstatus, err := status.Compute(object)
	if err != nil {
		return Judged{}, fmt.Errorf("kstatus: %w", err)
	}
	argocd, err := lua.health(object)
	if err != nil {
		return Judged{}, fmt.Errorf("Argo CD: %w", err)
	}
	flux, err := cel.health(object)
	if err != nil {
		return Judged{}, fmt.Errorf("Flux: %w", err)
	}
	return Judged{
		Kind:    object.GetKind(),
		Name:    object.GetName(),
		Kstatus: Said{Status: string(kstatus.Status), Message: kstatus.Message},
		ArgoCD:  argocd,
		Flux:    flux,
	}, nil
}

// readObjects reads any number of objects and lists of objects.
func readObjects(in io.Reader) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := json.NewDecoder(in)
	for {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		// Not a plain map: whole numbers have to stay such, as in the tools themselves.
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(raw); err != nil {
			return nil, err
		}
		if !object.IsList() {
			objects = append(objects, object)
			continue
		}
		list, err := object.ToList()
		if err != nil {
			return nil, err
		}
		for i := range list.Items {
			objects = append(objects, &list.Items[i])
		}
	}
}
