import MoltBotCore

extension ProviderContract {
    static let anthropicStart = """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-1","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":3,"cache_read_input_tokens":2,"output_tokens":1}}}


        """

    static let anthropicStreams = [
        Answer(
            "thoughts, text and a tool's call",
            anthropicStart
                + #"""
                event: content_block_start
                data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

                event: ping
                data: {"type":"ping"}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}}

                event: content_block_stop
                data: {"type":"content_block_stop","index":0}

                event: content_block_start
                data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grüße"}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":" 😀"}}

                event: content_block_stop
                data: {"type":"content_block_stop","index":1}

                event: content_block_start
                data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"x\""}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":":1}"}}

                event: content_block_stop
                data: {"type":"content_block_stop","index":2}

                event: message_delta
                data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}}

                event: message_stop
                data: {"type":"message_stop"}


                """#,
            text: "Grüße 😀",
            message: #"""
                {"role":"assistant","content":"Grüße 😀","reasoning_content":"Hm.",
                 "thinking_blocks":[{"type":"thinking","thinking":"Hm.","signature":"sig"}],
                 "tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"f","arguments":{"x":1}}}]}
                """#, finish: "tool_calls",
            usage: Usage(inputTokens: 30, outputTokens: 15, cachedInputTokens: 2, cacheWriteInputTokens: 3)),
        Answer(
            "structured output as text, and counts that grow",
            anthropicStart
                + #"""
                event: content_block_start
                data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"json_response","input":{}}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":": 1}"}}

                event: content_block_stop
                data: {"type":"content_block_stop","index":0}

                event: message_delta
                data: {"type":"message_delta","delta":{},"usage":{"output_tokens":4}}

                event: something_new
                data: {"type":"something_new"}

                event: message_delta
                data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"input_tokens":25,"output_tokens":9}}

                event: message_stop
                data: {"type":"message_stop"}


                """#,
            text: #"{"a": 1}"#, message: #"{"role":"assistant","content":"{\"a\": 1}"}"#, finish: "stop",
            usage: Usage(inputTokens: 30, outputTokens: 9, cachedInputTokens: 2, cacheWriteInputTokens: 3), isStructured: true),
    ]
}
