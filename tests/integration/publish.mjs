// Publishes what standard input describes, with the STOMP client that browsers use: an independent peer.
// {"url", "login", "passcode", "messages": [{"destination", "headers", "body"}]}; ends with 0 when the broker has them all.
import { readFileSync } from "node:fs";
import { Client } from "@stomp/stompjs";
import WebSocket from "ws";

Object.assign(global, { WebSocket });
const given = JSON.parse(readFileSync(0, "utf8"));
const fail = (why) => {
  console.error(why);
  process.exit(1);
};
const client = new Client({
  brokerURL: given.url,
  connectHeaders: { login: given.login, passcode: given.passcode, host: "/" },
  reconnectDelay: 0,
  onStompError: (frame) => fail(frame.headers.message + frame.body),
  onWebSocketError: () => fail("no WebSocket"),
  onWebSocketClose: () => fail("the broker closed the WebSocket"),
  onConnect: () => {
    client.watchForReceipt("all", () => process.exit(0));
    given.messages.forEach((message, at) => {
      const last = at === given.messages.length - 1;
      client.publish({ ...message, headers: { ...message.headers, ...(last ? { receipt: "all" } : {}) } });
    });
  },
});
client.activate();
