#!/bin/sh
# A walk through MoltBot's REST API with curl.
#
#     moltbot up                                   in another terminal
#     sh examples/rest.sh
#
# Optional: MOLTBOT_API_URL (default: http://127.0.0.1:8000), MOLTBOT_API_KEY where the server asks for one, MOLTBOT_MODEL (default: echo).
set -eu

url=${MOLTBOT_API_URL:-http://127.0.0.1:8000}
model=${MOLTBOT_MODEL:-echo}

# Prints the answer, and fails for every status from 400 on.
call() {
    method=$1 path=$2
    shift 2
    curl --silent --show-error --fail-with-body --request "$method" "$url$path" \
        ${MOLTBOT_API_KEY:+--header "Authorization: Bearer $MOLTBOT_API_KEY"} --header "Content-Type: application/json" "$@"
    echo
}

# The text of a member of a flat answer.
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# A server that was started a moment ago may still be reading what happened before.
echo "== is it ready?"
call GET /health/ready --retry 60 --retry-delay 1 --retry-connrefused

echo "== submit a task: 202 once the broker has it"
accepted=$(call POST /tasks --data "{\"prompt\": \"What is six times seven?\", \"model\": \"$model\", \"priority\": 8}")
echo "$accepted"
id=$(echo "$accepted" | member task_id)

echo "== wait for its end"
call POST "/tasks/$id/wait?timeout=60"

echo "== what happened to it"
call GET "/tasks/$id/history"

echo "== a task for later, cancelled"
later=$(call POST /tasks --data "{\"prompt\": \"Later\", \"model\": \"$model\", \"run_at\": \"2099-01-01T00:00:00Z\"}" | member task_id)
call POST "/tasks/$later/cancel"

echo "== a batch of three, two at a time"
batch=$(call POST "/tasks/batch?concurrency=2" \
    --data "[{\"prompt\": \"One\", \"model\": \"$model\"}, {\"prompt\": \"Two\", \"model\": \"$model\"}, {\"prompt\": \"Three\", \"model\": \"$model\"}]")
echo "$batch"
call GET "/batches/$(echo "$batch" | member batch_id)"

echo "== the newest tasks"
call GET "/tasks?limit=2"

echo "== queues, workers, lag"
call GET /status
