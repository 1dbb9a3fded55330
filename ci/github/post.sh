#!/usr/bin/env bash
# Puts a Markdown file where people look, in place of the one that it put there before.
#
#   post.sh comment NUMBER FILE     a comment of a pull request
#   post.sh issue TITLE FILE        an open issue
#   post.sh close-issue FILE        closes that issue, if it is open
#
# The first line of the file is the marker by which the earlier one is found. Only what github-actions[bot] wrote counts:
# anybody can write a marker. Needs gh, with GH_TOKEN, and GITHUB_REPOSITORY.
set -euo pipefail
repository=repos/$GITHUB_REPOSITORY

# Prints the number of the first entry of a list that begins with the marker.
find_marked() {
    local list=$1 key=$2 marker=$3 entries number line
    entries=$(gh api --paginate "$list" --jq \
        ".[] | select(.user.login == \"github-actions[bot]\") | \"\(.$key) \(.body // \"\" | split(\"\n\")[0] | rtrimstr(\"\r\"))\"")
    while read -r number line; do
        if [ "$line" = "$marker" ]; then
            echo "$number"
            return
        fi
    done <<<"$entries"
}

comment() {
    local number=$1 file=$2 found
    found=$(find_marked "$repository/issues/$number/comments" id "$(head -n 1 "$file")")
    if [ -n "$found" ]; then
        gh api --silent --method PATCH "$repository/issues/comments/$found" --field "body=@$file"
    else
        gh api --silent --method POST "$repository/issues/$number/comments" --field "body=@$file"
    fi
}

issue() {
    local title=$1 file=$2 found
    found=$(find_marked "$repository/issues?state=open" number "$(head -n 1 "$file")")
    if [ -n "$found" ]; then
        gh api --silent --method PATCH "$repository/issues/$found" --field "body=@$file"
    else
        gh api --silent --method POST "$repository/issues" --raw-field "title=$title" --field "body=@$file"
    fi
}

close_issue() {
    local file=$1 found
    found=$(find_marked "$repository/issues?state=open" number "$(head -n 1 "$file")")
    if [ -n "$found" ]; then
        gh api --silent --method PATCH "$repository/issues/$found" --raw-field state=closed
    fi
}

case ${1:-} in
comment) comment "$2" "$3" ;;
issue) issue "$2" "$3" ;;
close-issue) close_issue "$2" ;;
*)
    echo "post.sh: expected comment, issue or close-issue" >&2
    exit 64
    ;;
esac
