// Command celcost prints, as one line of JSON, what the validation rules of a CustomResourceDefinition cost at most, as
// the API server of the release that go.mod names estimates it when the CRD is created.
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/runtime"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"
)

const dearestShown = 5

type rule struct {
	Path string `json:"path"`
	Rule string `json:"rule"`
	Cost uint64 `json:"cost"`
}

type report struct {
	Rules     int    `json:"rules"`
	Total     uint64 `json:"total"`
	Limit     uint64 `json:"limit"`
	RuleLimit uint64 `json:"ruleLimit"`
	Dearest   []rule `json:"dearest"`
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: celcost CRD.yaml"))
	}
	schema, err := schemaOf(os.Args[1])
	if err != nil {
		fail(err)
	}
	rules, err := costs("", schema, validation.RootCELContext(schema))
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(reportOf(rules)); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "celcost:", err)
	os.Exit(1)
}

// schemaOf reads the schema of the only version of a CRD; the conversion moves it to the top level.
func schemaOf(file string) (*apiextensions.JSONSchemaProps, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var served v1.CustomResourceDefinition
	if err := yaml.Unmarshal(text, &served); err != nil {
		return nil, err
	}
	scheme := runtime.NewScheme()
	install.Install(scheme)
	var crd apiextensions.CustomResourceDefinition
	if err := scheme.Convert(&served, &crd, nil); err != nil {
		return nil, err
	}
	if crd.Spec.Validation == nil || crd.Spec.Validation.OpenAPIV3Schema == nil {
		return nil, fmt.Errorf("%s: want exactly one schema for all versions", file)
	}
	return crd.Spec.Validation.OpenAPIV3Schema, nil
}

// costs walks the schema as validation.ValidateCustomResourceDefinition does, which keeps the sum to itself.
func costs(path string, schema *apiextensions.JSONSchemaProps, at *validation.CELSchemaContext) ([]rule, error) {
	found, err := ownCosts(path, schema, at)
	if err != nil {
		return nil, err
	}
	add := func(path string, child *apiextensions.JSONSchemaProps, at *validation.CELSchemaContext) error {
		below, err := costs(path, child, at)
		found = append(found, below...)
		return err
	}
	for name := range schema.Properties {
		child := schema.Properties[name]
		if err := add(path+"."+name, &child, at.ChildPropertyContext(&child, name)); err != nil {
			return nil, err
		}
	}
	if schema.Items != nil && schema.Items.Schema != nil {
		child := schema.Items.Schema
		if err := add(path+"[]", child, at.ChildItemsContext(child)); err != nil {
			return nil, err
		}
	}
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil {
		child := schema.AdditionalProperties.Schema
		if err := add(path+"{}", child, at.ChildAdditionalPropertiesContext(child)); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func ownCosts(path string, schema *apiextensions.JSONSchemaProps, at *validation.CELSchemaContext) ([]rule, error) {
	if len(schema.XValidations) == 0 {
		return nil, nil
	}
	info, err := at.TypeInfo()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	base := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
	compiled, err := cel.Compile(info.Schema, info.DeclType, celconfig.PerCallLimit, base, cel.NewExpressionsEnvLoader())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	found := make([]rule, 0, len(compiled))
	for i, each := range compiled {
		text := schema.XValidations[i].Rule
		if each.Error != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, text, each.Error)
		}
		cardinality := each.MaxCardinality
		if at.MaxCardinality != nil {
			cardinality = *at.MaxCardinality
		}
		found = append(found, rule{Path: path, Rule: text, Cost: product(each.MaxCost, cardinality)})
	}
	return found, nil
}

func product(a, b uint64) uint64 {
	if b != 0 && a > math.MaxUint64/b {
		return math.MaxUint64
	}
	return a * b
}

func sum(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

func reportOf(rules []rule) report {
	sort.Slice(rules, func(i, j int) bool {
		if rules[i].Cost != rules[j].Cost {
			return rules[i].Cost > rules[j].Cost
		}
		return rules[i].Path < rules[j].Path
	})
	var total uint64
	for _, each := range rules {
		total = sum(total, each.Cost)
	}
	return report{
		Rules:     len(rules),
		Total:     total,
		Limit:     validation.StaticEstimatedCRDCostLimit,
		RuleLimit: validation.StaticEstimatedCostLimit,
		Dearest:   rules[:min(dearestShown, len(rules))],
	}
}
