/** The service that the echo is, for clients that generate code of it: the page has it under /echo.proto. */
export const ECHO_PROTO = `syntax = "proto3";

package echo.v1;

service Echo {
  // Tells the text back.
  rpc Say(EchoRequest) returns (EchoReply);
  // Tells it back \`count\` times.
  rpc Repeat(EchoRequest) returns (stream EchoReply);
  // Takes any number of texts and tells them back as one.
  rpc Collect(stream EchoRequest) returns (EchoReply);
  // Tells each text back as it comes.
  rpc Chat(stream EchoRequest) returns (stream EchoReply);
}

message EchoRequest {
  string text = 1;
  // Of Repeat: how many times; 0 is three.
  uint32 count = 2;
  // To wait before each reply.
  uint32 delay_ms = 3;
  // Another gRPC status than OK to end with.
  uint32 status = 4;
}

message EchoReply {
  string text = 1;
  // The pod that answers.
  string pod = 2;
  // Of several replies: which one, from 1.
  uint32 index = 3;
  // The grpc-timeout that arrived with the call.
  string deadline = 4;
}
`;
