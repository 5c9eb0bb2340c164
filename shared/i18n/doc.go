// Package i18n holds every text that people read on a page, in each language. The
// server, which renders pages, and the program in the browser, which then updates
// them, use the same texts. All functions and methods are safe for concurrent use.
//
// Each language is one file. To add a language, translate en.go into a new file and
// list the language in locale.go; the tests report what is missing. A word in braces,
// such as {name}, is a placeholder for a value. A text that depends on a number has
// one form for each plural category of its language (Unicode CLDR, Plural Rules).
package i18n
