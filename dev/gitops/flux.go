package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// flux has an evaluator for each kind that some Kustomization has expressions for.
type flux map[schema.GroupKind]*cel.StatusEvaluator

// expressions is the part of a Kustomization that is looked at.
type expressions struct {
	Spec struct {
		HealthCheckExprs []kustomize.CustomHealthCheck `json:"healthCheckExprs"`
	} `json:"spec"`
}

func readFlux(files []string) (flux, error) {
	evaluators := flux{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := evaluators.read(text); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return evaluators, nil
}

func (f flux) read(text []byte) error {
	documents := utilyaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(text)))
	defer documents.Close()
	buffer := make([]byte, len(text)+1)
	for {
		n, err := documents.Read(buffer)
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var kustomization expressions
		if err := yaml.Unmarshal(buffer[:n], &kustomization); err != nil {
			return err
		}
		for _, check := range kustomization.Spec.HealthCheckExprs {
			kind := schema.FromAPIVersionAndKind(check.APIVersion, check.Kind).GroupKind()
			if _, ok := f[kind]; ok {
				return fmt.Errorf("two checks for %s", kind)
			}
			if f[kind], err = cel.NewStatusEvaluator(&check.HealthCheckExpressions); err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
		}
	}
}

// health is what Flux says; without expressions for the kind that is its own kstatus.
func (f flux) health(object *unstructured.Unstructured) (Said, error) {
	compute := status.Compute
	if evaluator, ok := f[object.GroupVersionKind().GroupKind()]; ok {
		compute = func(object *unstructured.Unstructured) (*status.Result, error) {
			return evaluator.Evaluate(context.Background(), object)
		}
	}
	result, err := compute(object)
	if err != nil {
		return Said{}, err
	}
	return Said{Status: string(result.Status), Message: result.Message}, nil
}
