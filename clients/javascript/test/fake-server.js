// A small websocket server that behaves as a test wants, for what a real server does only in trouble.

import { createHash } from "node:crypto";
import { createServer } from "node:http";

const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** @param {{onFrame?: (peer: Peer, frame: any) => void, onOpen?: (peer: Peer) => void, board?: object, status?: number}} behaviour */
export async function startServer(behaviour = {}) {
  const peers = [];
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const etag = JSON.stringify(behaviour.board);
    const hash = `"${createHash("sha1").update(etag).digest("hex")}"`;
    response.statusCode = request.headers["if-none-match"] === hash ? 304 : (behaviour.status ?? 200);
    response.setHeader("ETag", hash);
    response.end(response.statusCode === 200 ? JSON.stringify({ success: true, data: behaviour.board }) : undefined);
  });
  server.on("upgrade", (request, socket) => {
    const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + ACCEPT_GUID).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    const peer = new Peer(socket, request.url, behaviour);
    peers.push(peer);
    behaviour.onOpen?.(peer);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${server.address().port}`;
  return {
    url: `ws://${host}/live`,
    restUrl: `http://${host}/board`,
    peers,
    requests,
    behaviour,
    stop() {
      peers.forEach((peer) => peer.socket.destroy());
      server.closeAllConnections();
      server.close();
    },
  };
}

class Peer {
  constructor(socket, url, behaviour) {
    this.socket = socket;
    this.url = url;
    this.frames = [];
    socket.on("error", () => {});
    socket.on("data", (data) => {
      for (const frame of parse(data)) {
        this.frames.push(frame);
        behaviour.onFrame?.(this, frame);
      }
    });
  }

  send(frame) {
    const payload = Buffer.from(JSON.stringify(frame));
    const head = payload.length < 126 ? Buffer.from([0x81, payload.length]) : Buffer.from([0x81, 126, payload.length >> 8, payload.length & 255]);
    this.socket.write(Buffer.concat([head, payload]));
  }

  close(code) {
    this.socket.end(Buffer.from([0x88, 2, code >> 8, code & 255]));
  }
}

/** Text frames of less than 64 KiB; other frames are skipped. */
function* parse(data) {
  while (data.length > 6) {
    let length = data[1] & 127;
    let at = 2;
    if (length === 126) {
      length = data.readUInt16BE(2);
      at = 4;
    }
    const mask = data.subarray(at, at + 4);
    const payload = data.subarray(at + 4, at + 4 + length).map((byte, index) => byte ^ mask[index % 4]);
    if ((data[0] & 15) === 1) yield JSON.parse(payload.toString());
    data = data.subarray(at + 4 + length);
  }
}
