package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// bill returns the bill of materials of a server's binary: its own modules, and those of the
// embedded page, which the binary itself does not list.
func bill(p program, file string, sum string) ([]byte, error) {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return nil, err
	}
	own, err := p.modules()
	if err != nil {
		return nil, err
	}
	if err := agree(info, own); err != nil {
		return nil, err
	}
	pages, err := page.modules()
	if err != nil {
		return nil, err
	}
	self := cdx.Component{
		BOMRef: "rollcall", Type: cdx.ComponentTypeApplication, Name: "rollcall", Version: info.Main.Version,
		Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sum}},
	}
	var parts []cdx.Component
	var refs []string
	for _, m := range distinct(slices.Concat(own, pages)) {
		c, err := component(m, slices.Contains(own, m), slices.Contains(pages, m))
		if err != nil {
			return nil, err
		}
		parts, refs = append(parts, c), append(refs, c.BOMRef)
	}
	b := cdx.NewBOM()
	b.Metadata = &cdx.Metadata{Timestamp: setting(info, "vcs.time"), Component: &self}
	b.Components = &parts
	b.Dependencies = &[]cdx.Dependency{{Ref: self.BOMRef, Dependencies: &refs}}
	var out bytes.Buffer
	err = cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(b, cdx.SpecVersion1_6)
	return out.Bytes(), err
}

// agree returns an error unless the binary was built from the listed modules.
func agree(info *buildinfo.BuildInfo, listed []module) error {
	var built, said []string
	for _, m := range info.Deps {
		built = append(built, m.Path+" "+m.Version)
	}
	for _, m := range listed {
		if m.Path != golang {
			said = append(said, m.Path+" "+m.Version)
		}
	}
	slices.Sort(built)
	slices.Sort(said)
	if !slices.Equal(built, said) {
		return fmt.Errorf("the binary was made of %q, not of %q", built, said)
	}
	return nil
}

// component returns a module as a component of a bill, with the programs that it is in.
func component(m module, server, page bool) (cdx.Component, error) {
	l, err := licenceOf(m)
	if err != nil {
		return cdx.Component{}, err
	}
	var licences cdx.Licenses
	for _, name := range l.names {
		licences = append(licences, cdx.LicenseChoice{License: &cdx.License{ID: name}})
	}
	version := strings.TrimPrefix(m.Version, "go") // of the standard library
	c := cdx.Component{
		BOMRef: "pkg:golang/" + m.Path + "@" + version, Type: cdx.ComponentTypeLibrary,
		Name: m.Path, Version: version, PackageURL: "pkg:golang/" + m.Path + "@" + version, Licenses: &licences,
	}
	if hash, ok := strings.CutPrefix(m.Sum, "h1:"); ok {
		raw, err := base64.StdEncoding.DecodeString(hash)
		if err != nil {
			return c, fmt.Errorf("%s: %w", m.Path, err)
		}
		c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(raw)}}
	}
	var in []cdx.Property
	if server {
		in = append(in, cdx.Property{Name: "rollcall:in", Value: "server"})
	}
	if page {
		in = append(in, cdx.Property{Name: "rollcall:in", Value: "page"})
	}
	c.Properties = &in
	return c, nil
}

func setting(info *buildinfo.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
