// Copyright (c) 2026, the webfarm.signalr authors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Microsoft's JavaScript client in a browser made of jsdom: loads the hubs' script, connects on one transport, calls, joins
// a group, waits for one push, stops. Usage: node client.cjs URL TRANSPORT GROUP. Every step is one line of JSON on standard output.
"use strict";

const fs = require("fs");
const { JSDOM } = require("jsdom");

const [url, transport, group] = process.argv.slice(2);
const dom = new JSDOM("<!DOCTYPE html><title>client</title>", { url: url + "/", pretendToBeVisual: true });
const window = dom.window;

// jsdom has XMLHttpRequest; the streams of a browser come from two packages.
window.WebSocket = require("ws");
window.EventSource = require("eventsource");
global.window = window;
global.document = window.document;
const $ = require("jquery");
window.jQuery = window.$ = $;
// The client is written for a script element, so it finds its window by that name.
new Function("window", "jQuery", "document", fs.readFileSync(require.resolve("signalr/jquery.signalR.js"), "utf8"))(window, $, window.document);

const say = (step, facts) => process.stdout.write(JSON.stringify({ step, ...facts }) + "\n");
const fail = (error) => {
    say("failed", { error: String(error && error.message || error) });
    process.exit(1);
};

// Whoever started this holds its standard input; when that goes, so does the client.
process.stdin.resume();
process.stdin.on("end", () => process.exit(2));

async function main() {
    const script = await (await fetch(url + "/signalr/hubs")).text();
    new Function("window", script)(window);
    const connection = $.connection.hub;
    const hub = $.connection.chatHub;
    hub.client.message = (user, text, node) => {
        say("pushed", { user, text, node });
        connection.stop();
        process.exit(0);
    };
    connection.error((error) => say("error", { error: String(error && error.message || error) }));
    await connection.start({ transport: [transport] });
    say("connected", { transport: connection.transport.name, token: connection.token.length });
    say("echoed", { value: await hub.server.echo({ a: [1, "x"] }) });
    await hub.server.join(group);
    say("joined", {});
}

main().catch(fail);
