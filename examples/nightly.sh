#!/bin/sh
# Asks every night about the names in names.txt, and prints what changed since it was last printed, which cron mails.
# A night without news prints nothing. "Every night" in docs/resuming.md says what it keeps and how it ends.

# Options of `flagprobe probe`, parted by spaces, such as --rdap. Input, output and format are set below.
OPTIONS=${OPTIONS-}
# The program, in several words where it has some: FLAGPROBE='timeout 3600 flagprobe'
FLAGPROBE=${FLAGPROBE-flagprobe}
# MEANT=yes sh nightly.sh keeps a day also where its list or its answers look like a mistake.
MEANT=${MEANT-}
# How many lines of one kind are printed; of a day that is not kept, only the first of them.
MOST=100
FIRST=5

set -u
# Names are sorted and compared as bytes.
LC_ALL=C
export LC_ALL
tab=$(printf '\t')
# Of JSON: the line that sums a run up.
SUMMARY='/^{"event":"summary"/'

# What is printed goes through no file: the disk may be full.
say() {
  printf '%s\n' "$1" |
    awk -v most=$MOST 'NR <= most; END { if (NR > most) print "and " NR - most " more lines" }'
}

ends_with() {
  [ "$1" -le "$worst" ] || worst=$1
}

fails() {
  say "$2"
  ends_with "$1"
}

forget() {
  rm -f "$day.part" "$day.part.tsv" "$day.part.resume" "$day.names" "$day.names.new" "$day.options"
}

# A day that is not kept leaves its results beside, to be looked at.
put_aside() {
  rm -f known.tsv.new
  [ ! -s "$day.part.tsv" ] || { mv -f "$day.part.tsv" "$day.not-kept.tsv" && say "its results: $day.not-kept.tsv"; }
}

probe_day() {
  day=$1
  begin || return
  ask
  case $code in
    0 | 1 | 3) ;;
    *)
      is=whole
      # Where nothing was answered there is nothing to go on from, and the list may be the reason.
      [ -s "$day.part" ] || [ -e "$day.part.resume.lock" ] || is=begun
      with=
      [ "$options" = "$OPTIONS" ] || with="; begun with OPTIONS='$options'"
      why=$(logged | texts)
      fails "$code" "$day is not $is (exit code $code$with)${why:+: $why}"
      [ $is = whole ] || forget
      return
      ;;
  esac
  why=$(as_table 2>&1) || {
    fails 4 "$day is whole, but $day.part.tsv cannot be written${why:+: $why}"
    return
  }
  fault=$(fault_of_resolvers)
  if [ -n "$fault" ]; then
    fails 1 "$day is not kept: $fault: $(logged | texts)"
    put_aside
    forget
    return
  fi
  report=$(what_changed 2>&1)
  case $report in
    'kept '*) conclude ;;
    'not kept: '*)
      fails 1 "$day is $report"
      notes=$(logged | sed "${SUMMARY}d" | texts)
      [ -z "$notes" ] || say "$notes"
      put_aside
      # A registry that did not tell is asked again by the next start, but not on for days.
      case $day:$report in "$today:"*' registrations became unknown'*) ;; *) forget ;; esac
      ;;
    *)
      fails 4 "$day is whole, but cannot be held against known.tsv: $report"
      rm -f known.tsv.new
      ;;
  esac
}

# A day has a list and options of its own, so that it can go on whatever becomes of names.txt and OPTIONS.
begin() {
  # An earlier start said that it is not whole, or had no time to.
  is_late=
  [ ! -f "$day.not-kept.tsv" ] || is_late=yes
  [ ! -f "$day.names" ] || {
    is_late=yes
    return 0
  }
  why=$(foreign_option)
  if [ -n "$why" ]; then
    fails 2 "$day is not begun: $why is not for OPTIONS"
    return 1
  fi
  why=$({
    cp names.txt "$day.names.new" && is_copied &&
      printf '%s\n' "$OPTIONS" >"$day.options" && mv -f "$day.names.new" "$day.names"
  } 2>&1) && return
  fails 4 "$day is not begun: $why"
  forget
  return 1
}

# The first of OPTIONS with which not every name would have a line, or not here.
foreign_option() (
  set -f
  before=
  for option in $OPTIONS; do
    # A suffix may look like an option.
    [ "$before" = --suffix ] || case $option in
      -[iofq] | -[iof]?* | --json | --resume | --force | --quiet) echo "$option" && break ;;
      --input | --output | --format | --only | --sort | --progress | --redis) echo "$option" && break ;;
      --input=* | --output=* | --format=* | --only=* | --sort=* | --progress=* | --redis=*) echo "$option" && break ;;
    esac
    before=$option
  done
)

is_copied() {
  cmp -s names.txt "$day.names.new" && return
  echo 'names.txt was written to while it was copied'
  return 1
}

ask() {
  options=$OPTIONS
  [ ! -f "$day.options" ] || options=$(cat "$day.options")
  # Only JSON has wildcards and what dangles. A day that an earlier nightly.sh began goes on as it was begun.
  format=jsonl
  if grep -Fqs '"format":"tsv"' "$day.part.resume"; then format=tsv; fi
  # JSON tells the summary from notes. Lines of progress would only pile up.
  log=$(
    set -f
    # shellcheck disable=SC2086 # they are several words
    {
      $FLAGPROBE probe $options -i "$day.names" -f $format -o "$day.part" --resume --progress json </dev/null 2>&1
      # Even if it was killed in the middle of a line.
      printf '\ncode %s\n' $?
    } | sed '/^{"event":"progress"/d'
  )
  code=${log##*code }
  log=${log%code *}
}

# What flagprobe said. The list that it read is a copy of the day.
logged() {
  printf '%s' "$log" | sed "s/\`$day\.names\`/\`names.txt\`/g"
}

# Lines of JSON as people read them.
texts() {
  afresh="rm $day.part* $day.names $day.options starts afresh"
  sed "s/^{\"event\":.*\"text\":\"\(.*\)\"}\$/\1/; s/\\\\\\\\/$tab/g; s/\\\\n/\\
/g; s/\\\\\"/\"/g; s/$tab/\\\\/g" |
    # The next start is that command.
    sed '/^the same command with --resume/d; s/; the same command with --resume and a larger/; a larger/; s/; the same command with --resume goes on$//' |
    sed "s/use --force to start afresh\$/$afresh/; s/--force instead of --resume starts afresh\$/$afresh/"
}

# Brings the lines of a day into columns: name, status, registration, what is beside the status (wildcard, unchecked or
# dangling), why the registration or the status is unknown. A line of JSON has no TAB, and in its texts no quote without a backslash, so that its keys can be searched for.
as_table() {
  awk '
    BEGIN {
      escapes["b"] = "\\u0008"; escapes["f"] = "\\u000c"; escapes["n"] = "\\u000a"
      escapes["r"] = "\\u000d"; escapes["t"] = "\\u0009"; escapes["u"] = "\\u"
      bidi = split("\342\200\252 \342\200\253 \342\200\254 \342\200\255 \342\200\256 " \
        "\342\201\246 \342\201\247 \342\201\250 \342\201\251", turns, " ")
      split("202a 202b 202c 202d 202e 2066 2067 2068 2069", codes, " ")
    }
    index($0, "\t") > 0 { print; next }
    {
      head = index($0, "\",\"input\":")
      row = name_of(substr($0, 10, head - 10)) "\t" value("status")
      registration = value("registration")
      if (registration == "" && index($0, ",\"registration\":") > 0) registration = "-"
      mark = index($0, ",\"wildcard\":true") > 0 ? "wildcard" : value("wildcard")
      if (index($0, ",\"dangling\":true") > 0) mark = "dangling"
      if (mark != "" && registration == "") registration = "-"
      reason = registration == "unknown" ? value("registration_reason") : value("status") == "unknown" ? value("reason") : ""
      if (reason != "" && registration == "") registration = "-"
      if (reason != "" && mark == "") mark = "-"
      print row (registration == "" ? "" : "\t" registration) (mark == "" ? "" : "\t" mark) (reason == "" ? "" : "\t" reason)
    }
    # Its text; empty if it has none.
    function value(key, at, rest) {
      at = index($0, ",\"" key "\":\"")
      if (at == 0) return ""
      rest = substr($0, at + length(key) + 5)
      return substr(rest, 1, index(rest, "\"") - 1)
    }
    # As -f tsv has it: what a terminal would obey is spelled out.
    function name_of(text, plain, at, char, i) {
      plain = ""
      while ((at = index(text, "\\")) > 0) {
        char = substr(text, at + 1, 1)
        plain = plain substr(text, 1, at - 1) (char in escapes ? escapes[char] : char)
        text = substr(text, at + 2)
      }
      text = plain text
      for (i = 1; i <= bidi && index(text, "\342") > 0; i++)
        while ((at = index(text, turns[i])) > 0)
          text = substr(text, 1, at - 1) "\\u" codes[i] substr(text, at + 3)
      return text
    }' "$day.part" >"$day.part.tsv" || return
  # Not every awk says that the disk is full.
  [ $(($(wc -l <"$day.part"))) -eq $(($(wc -l <"$day.part.tsv"))) ]
}

# Why the answers are not to be believed, whatever they are.
fault_of_resolvers() {
  case $log in
    *"denies \`com\` too"*) echo 'the resolver seems to deny everything' ;;
    *'"changed":true'*) echo 'the resolvers did not answer alike all the time' ;;
    *'makes up names'*'may not exist'* | *'so all are believed'*) echo 'the resolvers seem to make up names' ;;
    # Where every name has an answer, it ends with 1 only if it does not vouch for them.
    *)
      [ "$code" -ne 1 ] ||
        awk -F'\t' '$2 ~ /^(unknown|invalid)$/ || $3 == "unknown" { n = 1; exit } END { exit !n }' "$day.part.tsv" ||
        echo 'its answers are not to be relied on'
      ;;
  esac
}

# Prints `not kept: ` and why; or `kept`, the number of names and that of names newly without an answer, and then
# what is news. known.tsv.new gets what is known of each name from now on: `found?` was found, and is unknown now.
# Lines of one name are brought together by sorting, so that memory does not grow with the list.
what_changed() {
  known=/dev/null
  # Where known.tsv was lost or damaged, the last day is the next best.
  for file in ????-??-??.tsv known.tsv; do
    [ ! -s "$file" ] || { [ "$file" = known.tsv ] && ! is_as_left; } || known=$file
  done
  awk -v known="$known" '
    { i = index($0, "\t") }
    i > 0 { print substr($0, 1, i) (FILENAME == known ? "before" : "now") substr($0, i) }
    END { print "\377" }' "$known" "$day.part.tsv" | sort | awk -F'\t' -v OFS='\t' -v known="$known" -v meant="$MEANT" -v most=$MOST -v first=$FIRST '
    BEGIN {
      is_first = known == "/dev/null"
      CHANGED = 1; NEW = 2; GONE = 3; UNANSWERED = 4; AGAIN = 5
      split("changed,new in the list,not in the list any more,without an answer,known again", kinds, ",")
      printf "" > "known.tsv.new"
    }
    # The end of what was sorted: without it sort has failed.
    $0 == "\377" { is_whole = 1; next }
    # Names may look like numbers, and are compared as texts.
    ($1 "") != name || NR == 1 { end_of_name(); name = $1 "" }
    # A name may be several times in a list: sorting puts `unknown` last.
    $2 == "before" { before = verdict_of($3, $5); registered_before = $4 == "-" ? "" : $4 }
    $2 == "now" && now == "" { now = verdict_of($3, $5); registered = $4; is_unchecked = $5 == "unchecked"; reason = $6 }
    END {
      if (!is_whole) exit
      end_of_name()
      # That nobody answers is never meant.
      is_outage = unknown * 10 > names && answered * 10 < names
      fault = meant != "" ? "" : is_outage ? became_unknown() : fault_of_list()
      if (names == 0) fault = "there was no name"
      may_be_meant = fault != "" && names > 0 && !is_outage
      if (may_be_meant && covered > 0) fault = fault "; " covered " of " names " names are newly found by a wildcard"
      if (may_be_meant) fault = fault "; if that is meant: MEANT=yes sh nightly.sh"
      if (fault != "") print "not kept: " fault
      else print "kept " names " " unanswered + 0
      for (kind = 1; (fault == "" || may_be_meant) && kind <= 5; kind++) {
        printf "%s", (fault == "" ? told[kind] : told_first[kind])
        rest = count[kind] - (fault == "" ? most : first)
        if (rest > 0) print "and " rest " more " kinds[kind]
      }
    }
    function verdict_of(status, mark) {
      if (status == "found" && mark == "wildcard") return "found by a wildcard"
      return status == "missing" && mark == "dangling" ? mark : status
    }
    function end_of_name() {
      if (before != "") names_before++
      if (now != "") compare()
      else if (before != "") {
        gone++
        tell(GONE, name ": not in the list any more")
      }
      before = now = registered_before = registered = ""
    }
    function compare() {
      names++
      # Nothing says that it is another name than the wildcard answered for.
      if (is_unchecked && before ~ /^found by/) now = "found by a wildcard"
      count_doubts()
      count_registries()
      news = ""
      news_kind = AGAIN
      is_unanswered = now == "invalid" && before == ""
      verdict = follow("", before, now)
      registration = follow("registration ", registered_before, registered)
      if (before == "" && is_first && now == "dangling") {
        news = now
        news_kind = NEW
      } else if (before == "" && !is_first) {
        news = "new in the list, " with_why("", now)
        if (registered ~ /[a-z]/) news = news ", registration " with_why("registration ", registered)
        news_kind = NEW
      } else if (is_unanswered && news == "") {
        news = now
        news_kind = UNANSWERED
      }
      unanswered += is_unanswered
      if (news != "") tell(news_kind, name ": " news)
      print name, verdict (registration == "" ? "" : OFS registration) > "known.tsv.new"
    }
    # What is known from now on of what one column says.
    function follow(what, old, new) {
      if (new == "" || new == "-" || old == new) return old
      if (new == "unknown") {
        if (old ~ /[?]$/) return old
        is_unanswered = 1
        add_news(UNANSWERED, what (old == "" ? "" : old ", now ") with_why(what, new))
        return old == "" ? new : old "?"
      }
      if (old == new "?") add_news(AGAIN, what "unknown, now " new " as before")
      else if (old != "") {
        sub(/[?]$/, "", old)
        add_news(CHANGED, what old ", now " new)
      }
      return new
    }
    # The reason is that of the registration where this is unknown, else that of the status.
    function with_why(what, verdict, is_of_registration) {
      is_of_registration = registered == "unknown"
      if (verdict != "unknown" || reason == "" || is_of_registration != (what != "")) return verdict
      return verdict " (" reason ")"
    }
    function add_news(kind, text) {
      news = news (news == "" ? "" : "; ") text
      if (kind < news_kind) news_kind = kind
    }
    function tell(kind, text) {
      # A list that was joined to one line is one name.
      if (length(text) > 300) text = substr(text, 1, 300) "..."
      if (++count[kind] <= most) told[kind] = told[kind] text "\n"
      if (count[kind] <= first) told_first[kind] = told[kind]
    }
    function count_doubts() {
      if (now !~ /^(unknown|invalid)$/) answered++
      if (before ~ /^found/) found++
      if (before ~ /^(missing|dangling)/) missing++
      if (before ~ /^found/ && now ~ /^(missing|dangling)$/) lost++
      if (before ~ /^(missing|dangling)/ && now ~ /^found/) won++
      if (before !~ /^found by/ && now ~ /^found by/) covered++
      if (now == "invalid" && before != now) invalid++
      if (now == "unknown" && before != now && before !~ /[?]$/) unknown++
    }
    # Of those that have no registry or were too many for it, none is asked.
    function count_registries() {
      is_untold = registered == "unknown" && reason !~ /^(no-rdap|rdap-cap)?$/
      if (is_untold || registered ~ /^(unregistered|reserved)$/ || (registered == "registered" && now !~ /^found/)) asked++
      if (is_untold && registered_before != "unknown" && registered_before !~ /[?]$/) untold++
    }
    function became_unknown() { return unknown " of " names " names became unknown" }
    function fault_of_list() {
      if (gone * (gone < 10 ? 2 : 10) > names_before) return gone " of " names_before " known names are not in the list any more"
      if (invalid * 10 > names) return invalid " of " names " names are invalid"
      if (unknown * 10 > names) return became_unknown()
      if (lost >= 10 && lost * 2 > found) return lost " of " found " names that were found are missing"
      if (won >= 10 && won * 2 > missing) return won " of " missing " names that were missing are found"
      if (untold * 10 > asked) return untold " of " asked " registrations became unknown"
    }'
}

# Of what flagprobe noted: what it did not on the last day, whatever the numbers and what stands in parentheses, such as
# which call of the system failed; and that all resolvers are in order again.
news_of_notes() {
  printf '%s\n' "$noted" | awk '
    BEGIN {
      while ((getline line < "nightly.notes") > 0) {
        before[key_of(line)] = 1
        if (is_fault(line)) faults[++count] = line
      }
    }
    NF == 0 { next }
    is_fault($0) { has_fault = 1 }
    !(key_of($0) in before)
    END {
      for (i = 1; i <= count && !has_fault; i++) {
        sub(/"text":"/, "&no longer: ", faults[i])
        print faults[i]
      }
    }
    function is_fault(line) { return line ~ / (is|are) failing| is not asked/ }
    function key_of(line, words, n, key, i) {
      sub(/^.*"text":"/, "", line)
      gsub(/\\n|"| \([^()]*\)/, " ", line)
      n = split(line, words, " ")
      for (i = 1; i <= n; i++) key = key " " (words[i] ~ /^~?[0-9][0-9,]*(\.[0-9]+)?[,:;]*$/ ? 0 : words[i])
      return key
    }'
}

# Whether known.tsv is what the last night wrote, or the one before where that was cut off: they left checksums.
is_as_left() {
  [ ! -s nightly.sum ] || grep -Fqx "$(cksum <known.tsv)" nightly.sum
}

# Of what is known now, and was before. Not every system has cksum.
sums() {
  command -v cksum >/dev/null || return 0
  cksum <known.tsv.new && { [ ! -f known.tsv ] || cksum <known.tsv; }
}

conclude() {
  names=${report#kept }
  unanswered=${names#* }
  unanswered=${unanswered%%[!0-9]*}
  names=${names%% *}
  # Not every awk says that the disk is full.
  if [ $(($(wc -l <known.tsv.new))) -ne "$names" ]; then
    fails 4 "$day is whole, but known.tsv.new cannot be written"
    rm -f known.tsv.new
    return
  fi
  news=$(printf '%s\n' "$report" | sed 1d)
  # That names stay unknown is no news.
  noted=$(logged | sed "${SUMMARY}d; /\"text\":\"[0-9,]* unknown: /d")
  notes=$(news_of_notes | texts)
  [ "$code" -ne 3 ] || notes=$(printf '%s\n' "$noted" | texts)
  if [ -n "$news$notes" ]; then
    say "$day: $(logged | sed "${SUMMARY}!d" | texts | sed '/ is finished$/d')"
    [ -z "$notes" ] || say "$notes"
    [ -z "$news" ] || printf '%s\n' "$news"
  fi
  [ "$unanswered" -eq 0 ] || ends_with 1
  [ "$code" -ne 3 ] || ends_with 3
  if [ -s known.tsv ] && ! is_as_left; then
    fails 1 "$day: known.tsv was changed or damaged since it was written, so the day before stood in for it"
  fi
  why=$({
    sums >nightly.sum.new && printf '%s\n' "$noted" >nightly.notes.new && mv -f nightly.notes.new nightly.notes &&
      mv -f nightly.sum.new nightly.sum && mv -f known.tsv.new known.tsv && mv -f "$day.part.tsv" "$day.tsv"
  } 2>&1) || {
    fails 4 "$day is whole, but not kept: $why"
    return
  }
  forget
  [ -z "$is_late" ] || [ -n "$news$notes" ] || say "$day is whole now"
}

worst=0
today=$(date +%Y-%m-%d)
# The lock goes with the last process that has this descriptor, however that ends. Where there is no flock, flagprobe
# alone sees to it that two do not write one file.
if [ ! -e nightly.lock ]; then
  why=$( (: >nightly.lock) 2>&1) || {
    fails 4 "$today is not begun: $why"
    exit "$worst"
  }
fi
# Another user may have been here first.
if [ -w nightly.lock ]; then exec 9>>nightly.lock; else exec 9<nightly.lock; fi
flock -n 9 2>/dev/null
if [ $? -eq 1 ]; then
  fails 4 "$today: another nightly.sh is at work in this folder"
  exit "$worst"
fi
if [ -e known.tsv ] && [ ! -f known.tsv ]; then
  fails 4 "$today is not begun: known.tsv is no file"
  exit "$worst"
fi
# What a stop left behind of days that are not to go on.
rm -f known.tsv.new nightly.sum.new nightly.notes.new ./????-??-??.part.tsv
for file in ????-??-??.names ????-??-??.names.new ????-??-??.options ????-??-??.part.resume; do
  [ -f "${file%%.*}.part" ] || rm -f "$file"
done
for part in ????-??-??.part; do
  [ ! -f "$part" ] || [ "$part" = "$today.part" ] || probe_day "${part%.part}"
done
if [ ! -f "$today.tsv" ]; then
  probe_day "$today"
elif [ -t 1 ]; then
  say "$today is whole already: names.txt is asked about again on the next day"
fi
exit "$worst"
