#!/bin/sh
# Gives MoltBot one task and prints the event that ends it, from a shell, with Debian's amqp-tools.
#
#     apt-get install amqp-tools
#     MOLTBOT_BROKER_URL=$(moltbot broker url) sh examples/publish_task.sh "What is six times seven?"
#
# amqp-publish can't set a message id, so MoltBot names the task itself. The answer comes to a queue of our own, which is deleted at
# the end. Optional: MOLTBOT_MODEL names the model (default: echo).
set -eu

prompt=${1:-What is six times seven?}
model=${MOLTBOT_MODEL:-echo}
reply_queue="example.reply.$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')"

# JSON text: backslashes, quotes and line ends of the prompt are escaped.
json_text() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'; }

amqp-declare-queue --url "$MOLTBOT_BROKER_URL" --queue "$reply_queue" > /dev/null
trap 'amqp-delete-queue --url "$MOLTBOT_BROKER_URL" --queue "$reply_queue" > /dev/null' EXIT

amqp-publish --url "$MOLTBOT_BROKER_URL" --exchange moltbot.tasks --routing-key default.normal --persistent \
    --content-type application/json --reply-to "$reply_queue" \
    --body "{\"prompt\": \"$(json_text "$prompt")\", \"model\": \"$model\"}"

# Hands the message to `cat` and ends after one.
amqp-consume --url "$MOLTBOT_BROKER_URL" --queue "$reply_queue" --count 1 cat
