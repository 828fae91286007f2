import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { repositoryRoot } from "../../../tools/repository-files.ts";
import { DevelopmentGateway } from "../fixtures/wardwire.ts";

const description: Description = parse(readFileSync(join(repositoryRoot, "docs/admin-api.openapi.yaml"), "utf8"));

/** The parts of an OpenAPI document that are looked at. */
interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Answered>> };
}

interface Operation {
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Readonly<Record<string, Answered | Reference>>;
}

interface Answered {
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
}

interface Reference {
  readonly $ref: string;
}

/** What is asked of the gateway: every path and method, with what is expected to come of it. */
interface Question {
  readonly path: string;
  readonly method: "get" | "post";
  readonly status: number;
  readonly credential?: "admin" | "publish";
  readonly document?: unknown;
  readonly type?: string;
  /** How it is really sent, where that is the fault. */
  readonly sentMethod?: string;
}

const lobby = { channel: "lobby", params: { roomId: "tea" }, data: { text: "hello" } };
const questions: readonly Question[] = [
  { path: "/healthz", method: "get", status: 200 },
  { path: "/readyz", method: "get", status: 200 },
  { path: "/metrics", method: "get", status: 200, credential: "admin" },
  { path: "/metrics", method: "get", status: 401 },
  { path: "/metrics", method: "get", status: 401, credential: "publish" },
  { path: "/metrics", method: "get", status: 405, credential: "admin", sentMethod: "DELETE" },
  { path: "/v1/revocations", method: "post", status: 200, credential: "admin", document: { user: "mallory" } },
  { path: "/v1/revocations", method: "post", status: 400, credential: "admin", document: {} },
  { path: "/v1/revocations", method: "post", status: 401, credential: "publish", document: { user: "mallory" } },
  { path: "/v1/revocations", method: "post", status: 405, credential: "admin", sentMethod: "PUT" },
  { path: "/v1/revocations", method: "post", status: 413, credential: "admin", document: { user: "a".repeat(20_000) } },
  { path: "/v1/revocations", method: "post", status: 415, credential: "admin", document: {}, type: "text/plain" },
  { path: "/v1/publish", method: "post", status: 200, credential: "publish", document: { ...lobby, key: "k1" } },
  { path: "/v1/publish", method: "post", status: 400, credential: "publish", document: { ...lobby, channel: "attic" } },
  { path: "/v1/publish", method: "post", status: 401, credential: "admin", document: lobby },
  { path: "/v1/publish", method: "post", status: 405, credential: "publish", sentMethod: "PUT" },
  { path: "/v1/publish", method: "post", status: 413, credential: "publish", document: "a".repeat(140_000) },
  { path: "/v1/publish", method: "post", status: 415, credential: "publish", document: {}, type: "text/plain" },
];

/** Answers that need an engine or a gateway in trouble; the tests of the command make them. */
const notAsked = ["/readyz get 503", "/v1/revocations post 503", "/v1/publish post 503"];

describe("docs/admin-api.openapi.yaml", { timeout: 60_000 }, () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  let gateway: DevelopmentGateway;
  let credentials: Readonly<Record<string, string>>;
  before(async () => {
    ajv.addSchema(description, "api");
    gateway = await DevelopmentGateway.start();
    const read = (file: string): string => readFileSync(gateway.folder.file(file), "utf8").trim();
    credentials = { admin: read("admin-credential"), publish: read("publish-credential") };
  });
  after(() => gateway[Symbol.asyncDispose]());

  test("describes every answer that is asked for here, and no other", () => {
    assert.equal(description.openapi, "3.1.0");
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.keys(responses).map((status) => `${path} ${method} ${status}`),
      ),
    );
    const asked = questions.map(({ path, method, status }) => `${path} ${method} ${status}`);
    assert.deepEqual([...new Set([...asked, ...notAsked])].toSorted(), described.toSorted());
  });

  for (const question of questions) {
    const { path, method, sentMethod = method, status, credential } = question;
    test(`${sentMethod.toUpperCase()} ${path} with ${credential ?? "no"} credential: ${status}, as described`, async () => {
      const response = await ask(question);
      assert.equal(response.status, status);
      const [pointer, answered] = answerOf(path, method, status);
      const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
      assert.deepEqual(Object.keys(answered.content), [type]);
      const body: unknown = type === "text/plain" ? await response.text() : await response.json();
      const schema = `api#${pointer}/content/${type.replaceAll("/", "~1")}/schema`;
      assert.ok(ajv.validate(schema, body), `${ajv.errorsText()}: ${JSON.stringify(body)}`);
    });
  }

  test("names the credential that each resource really asks for", () => {
    for (const { path, method, status, credential } of questions) {
      if (status !== 200) continue;
      const wanted = description.paths[path]?.[method]?.security.flatMap((each) => Object.keys(each));
      assert.deepEqual(wanted, credential === undefined ? [] : [credential], path);
    }
  });

  function ask({ path, method, credential, document, type = "application/json", sentMethod }: Question) {
    return fetch(`${gateway.admin}${path}`, {
      method: (sentMethod ?? method).toUpperCase(),
      headers: {
        ...(credential === undefined ? {} : { authorization: `Bearer ${credentials[credential]}` }),
        ...(document === undefined ? {} : { "content-type": type }),
      },
      ...(document === undefined ? {} : { body: JSON.stringify(document) }),
    });
  }

  /** Where an answer is described, references followed, and the description. */
  function answerOf(path: string, method: string, status: number): readonly [pointer: string, answered: Answered] {
    const answered = description.paths[path]?.[method]?.responses[String(status)];
    assert.ok(answered !== undefined);
    if (!("$ref" in answered)) {
      return [`/paths/${path.replaceAll("/", "~1")}/${method}/responses/${status}`, answered];
    }
    const name = answered.$ref.replace("#/components/responses/", "");
    const shared = description.components.responses[name];
    assert.ok(shared !== undefined, answered.$ref);
    return [`/components/responses/${name}`, shared];
  }
});
