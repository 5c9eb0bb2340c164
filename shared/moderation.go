package shared

import "strings"

// CleanAnnouncement is like CleanName, for the text of an Announcement, which has up to
// MaxTextRunes code points and MaxTextBytes; its Error has code bad_text.
func CleanAnnouncement(text string) (string, error) {
	text = tidy(text)
	flaw, char := textFlaw(text, MaxTextRunes, MaxTextBytes)
	if flaw == NoFlaw && !strings.ContainsFunc(text, visible) {
		flaw = Blank
	}
	if flaw != NoFlaw {
		return "", flaw.err(CodeBadText, "announcement", MaxTextRunes, char)
	}
	return text, nil
}

// CleanReason is like CleanNote, for what is said about a kick or a ban; its Error has
// code bad_text.
func CleanReason(reason string) (string, error) {
	reason = tidy(reason)
	if flaw, char := NoteFlaw(reason); flaw != NoFlaw {
		return "", flaw.err(CodeBadText, "reason", MaxNoteRunes, char)
	}
	return reason, nil
}

// CleanBy is like CleanTitle, for the name of whoever kicks, bans or announces, as others
// are shown it; its Error has code bad_text.
func CleanBy(name string) (string, error) {
	name = tidy(name)
	if name == "" {
		return "", nil
	}
	if flaw, char := NameFlaw(name); flaw != NoFlaw {
		return "", flaw.err(CodeBadText, "name", MaxNameRunes, char)
	}
	return name, nil
}
