// Package persistence is a conformance profile for the session persistence of any gateway that serves
// HTTPRoutes: the tests that GEP-1619 plans, and harder ones. It runs on the machinery of the official
// suite, with its flags and on its base manifests. README.md tells what each test asks.
package persistence

import (
	"embed"
	"errors"
	"os"
	"testing"

	"k8s.io/client-go/rest"
	confv1 "sigs.k8s.io/gateway-api/conformance/apis/v1"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
	"sigs.k8s.io/yaml"
)

// Manifests holds the routes and backends of the tests, by the paths that the tests name.
//
//go:embed manifests
var Manifests embed.FS

// Tests are all of the profile.
var Tests = []suite.ConformanceTest{
	Cookie,
	LifetimeSession,
	LifetimePermanent,
	AbsoluteTimeout,
	Weight,
	WeightChange,
	RuleScope,
	RouteMatching,
	RouteChange,
	ScaleOut,
	PodDeletion,
	RollingUpdate,
	SeveralCookies,
	CookieIntegrity,
	CookieName,
	CookiePath,
	ServiceAffinity,
	ManagedCookie,
	ApplicationCookie,
	Extension,
	XBackend,
}

// Run runs the tests as the options say, and writes the report that they ask for. Without profiles it
// is this one.
func Run(t *testing.T, options suite.ConformanceOptions) {
	options.ManifestFS = append(options.ManifestFS, Manifests)
	if len(options.ConformanceProfiles) == 0 {
		options.ConformanceProfiles = []suite.ConformanceProfileName{ProfileName}
	}
	// Manifests carry the fields of two versions, and the API server warns of those it drops.
	options.RestConfig.WarningHandler = rest.NoWarnings{}
	running, err := suite.NewConformanceTestSuite(options)
	if err != nil {
		t.Fatal(err)
	}
	if options.ReportOutputPath != "" {
		if err := options.Implementation.Validate(); err != nil {
			t.Fatalf("no report without who made it: %v", err)
		}
		// After the tests that run together, too.
		t.Cleanup(func() { report(t, running, options.ReportOutputPath) })
	}
	running.Setup(t, Tests)
	if err := running.Run(t, Tests); err != nil {
		t.Fatal(err)
	}
}

func report(t *testing.T, done *suite.ConformanceTestSuite, path string) {
	found, err := done.Report()
	if err == nil {
		err = write(found, path)
	}
	if err != nil {
		t.Errorf("no report: %v", err)
	}
}

func write(found *confv1.ConformanceReport, path string) error {
	text, err := yaml.Marshal(found)
	return errors.Join(err, os.WriteFile(path, text, 0o600))
}
