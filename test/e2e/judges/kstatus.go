package main

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

func judgeKstatus(object []byte) (any, error) {
	var resource unstructured.Unstructured
	if err := resource.UnmarshalJSON(object); err != nil {
		return verdict{}, err
	}
	result, err := status.Compute(&resource)
	if err != nil {
		return verdict{}, err
	}
	return verdict{Status: result.Status.String(), Message: result.Message}, nil
}
