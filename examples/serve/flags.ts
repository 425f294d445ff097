/** The command line of the serving example. */
import { LIMITS } from "./service.ts";

export const ABOUT = {
  name: "npm run serve --",
  summary: "Met un modèle enregistré derrière une API REST : /predict, /generate, /health, et une page.",
  examples: [
    "npm run serve",
    "npm run serve -- --model out/imdb.safetensors --port 8000",
    "npm run serve -- --model out/imdb.safetensors --writer out/moliere.safetensors",
    "npm run serve -- --load-test http://127.0.0.1:5000 --clients 50",
  ],
};

export const FLAGS = {
  model: {
    type: "string",
    placeholder: "FILE",
    help: "the model behind /predict, written by --save or the lab; without it, small ones are trained on the spot",
  },
  writer: {
    type: "string",
    placeholder: "FILE",
    help: "another model behind /generate; without it, --model writes where it can",
  },
  port: { type: "integer", min: 0, max: 65535, default: 5000, help: "the port; 0 takes any that is free" },
  host: {
    type: "string",
    default: "127.0.0.1",
    placeholder: "NAME",
    help: "who may connect: 0.0.0.0 lets other machines in",
  },
  "max-batch": {
    type: "integer",
    min: 1,
    max: 128,
    default: LIMITS.maxBatch,
    help: "requests that share a pass through the model at most",
  },
  "max-queue": {
    type: "integer",
    min: 1,
    max: 100_000,
    default: LIMITS.maxQueue,
    help: "requests that may wait; more are answered 503",
  },
  linger: {
    type: "number",
    min: 0,
    max: 1000,
    default: LIMITS.linger,
    help: "milliseconds that a batch waits for company",
  },
  "body-limit": {
    type: "integer",
    min: 16,
    max: 100_000_000,
    default: LIMITS.maxBytes,
    help: "bytes of a request's body; more are answered 413",
  },
  timeout: {
    type: "number",
    min: 0.001,
    max: 3600,
    default: LIMITS.predictTimeout / 1000,
    help: "seconds for an answer of /predict; after them 504",
  },
  quiet: { type: "boolean", help: "no line per request" },
  "load-test": {
    type: "string",
    placeholder: "ADDRESS",
    help: "be the clients instead of the server: try the one at this address",
  },
  clients: {
    type: "integer",
    min: 1,
    max: 1000,
    default: 50,
    help: "clients of the load test that ask at the same time",
  },
  seconds: { type: "number", min: 0.1, max: 3600, default: 10, help: "how long the load test takes" },
  data: null,
  epochs: null,
  steps: null,
  out: null,
  quick: null,
  save: null,
  load: null,
} as const;
