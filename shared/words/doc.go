// Package words has every word that people read on a page, in every language
// that there is: for the pages that the server makes and for the program that
// takes them over, which say the same.
//
// A language is one file. To add one, translate en.go into a file of its own
// and give the language a line in locale.go; the tests say what is missing. In
// a text {name} is a placeholder, whose name tells what takes its place. A text
// that depends on a number has one form for each category of the language's
// plural rule (Unicode CLDR, Plural Rules).
package words
