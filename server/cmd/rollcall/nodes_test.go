package main

import (
	"strings"
	"testing"
)

func TestNodesSaysWhatIsWrong(t *testing.T) {
	if got := runToEnd(t, nil, "nodes", "-admin", "127.0.0.1:1"); got.code != exitFailure || !strings.Contains(got.stderr, "-admin") {
		t.Errorf("%+v", got)
	}
	_, admin := watched(t)
	got := runToEnd(t, nil, "nodes", "-admin", strings.TrimPrefix(admin.url, "http://"))
	if got.code != exitOK || !strings.Contains(got.stdout, "no other") {
		t.Errorf("%+v", got)
	}
}

func TestSettingsOfSeveralServersThatMakeNoSense(t *testing.T) {
	for line, want := range map[string]string{
		"-nats nats://h:1 -cluster h:1 -cluster-secret-file f": "exclude",
		"-join h:1":                         "need --cluster",
		"-cluster h:1":                      "--cluster-secret-file",
		"-cluster h -cluster-secret-file f": "--cluster",
		"-cluster-name a.b":                 "--cluster-name",
		"-cluster 127.0.0.1:0 -cluster-secret-file /missing -addr 127.0.0.1:0": "/missing",
	} {
		if got := runToEnd(t, build(), append([]string{"serve"}, strings.Fields(line)...)...); got.code == exitOK || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %+v", line, got)
		}
	}
}
