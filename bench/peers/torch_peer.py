"""PyTorch on two threads, for the benchmark: a request per line on the input, an answer per line on the output.

{"make": question, ...} gives {"id": n}; {"run": n, "times": k} does the work and answers when it is done;
{"answer": n} gives the numbers that the engines are compared by; {"free": n} forgets it.
"""

import base64
import json
import math
import sys

import torch
from torch import nn
from torch.nn import functional as F

THREADS = 2
torch.set_num_threads(THREADS)


def numbers(text, shape, kind=torch.float32):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=kind).reshape(shape).clone()


def ids(text, shape):
    return numbers(text, shape, torch.int32).long()


class Product:
    def __init__(self, q):
        self.a = numbers(q["a"], q["aShape"])
        self.b = numbers(q["b"], q["bShape"])
        if q["turned"] == "a":
            self.a = self.a.T
        if q["turned"] == "b":
            self.b = self.b.T

    def run(self):
        self.out = self.a @ self.b

    def answer(self):
        return self.out.flatten()


class Training:
    """Steps of Adam on a loss; the answer is the losses so far."""

    def start(self, parameters):
        self.optimizer = torch.optim.Adam(parameters, lr=1e-3)
        self.losses = []

    def run(self):
        self.optimizer.zero_grad()
        loss = self.loss()
        loss.backward()
        self.optimizer.step()
        self.losses.append(loss.item())

    def answer(self):
        return torch.tensor(self.losses[:3])


class Sequence(Training):
    """Embedding, LSTM or GRU, Linear: from every position or the last state."""

    def __init__(self, q):
        w = {name: numbers(text, q["shapes"][name]) for name, text in q["weights"].items()}
        self.every = q["from"] == "every"
        self.mask = q["masked"]
        self.embedding = nn.Embedding.from_pretrained(w["embedding"], freeze=False)
        layer = nn.LSTM if q["cell"] == "lstm" else nn.GRU
        hidden = w["recurrent"].shape[1]
        self.layer = layer(w["embedding"].shape[1], hidden, batch_first=True)
        with torch.no_grad():
            self.layer.weight_ih_l0.copy_(w["kernel"])
            self.layer.weight_hh_l0.copy_(w["recurrent"])
            self.layer.bias_ih_l0.copy_(w["bias"])
            self.layer.bias_hh_l0.zero_()
        # An LSTM's two biases are one as Keras has it; a GRU's second one stands inside the reset gate's product.
        self.layer.bias_hh_l0.requires_grad_(layer is nn.GRU)
        self.weight = nn.Parameter(w["out"])
        self.bias = nn.Parameter(w["outBias"])
        self.inputs = ids(q["inputs"], q["inputsShape"])
        self.binary = q["binary"]
        self.targets = (
            numbers(q["targets"], q["targetsShape"])
            if self.binary
            else ids(q["targets"], q["targetsShape"])
        )
        trained = [self.embedding.weight, self.weight, self.bias]
        trained += [p for p in self.layer.parameters() if p.requires_grad]
        self.start(trained)

    def loss(self):
        states, _ = self.layer(self.embedding(self.inputs))
        if not self.every:
            states = states[:, -1]
        logits = states @ self.weight.T + self.bias
        if self.binary:
            return F.binary_cross_entropy_with_logits(logits.flatten(), self.targets.flatten())
        return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), self.targets.flatten())


class Characters(Sequence):
    """Writes the likeliest character after a window, moves the window by one, and so on."""

    def __init__(self, q):
        super().__init__(q)
        self.window = torch.tensor([q["window"]])

    def run(self):
        with torch.no_grad():
            states, _ = self.layer(self.embedding(self.window))
            self.logits = states[:, -1] @ self.weight.T + self.bias
        self.window = torch.cat([self.window[:, 1:], self.logits.argmax(-1, keepdim=True)], 1)

    def answer(self):
        return self.logits.flatten()


class CrossEntropy:
    """Loss and gradient of the logits."""

    def __init__(self, q):
        self.logits = numbers(q["logits"], q["shape"]).requires_grad_()
        self.targets = ids(q["targets"], [q["shape"][0]])

    def run(self):
        self.logits.grad = None
        self.loss = F.cross_entropy(self.logits, self.targets)
        self.loss.backward()

    def answer(self):
        return torch.cat([self.loss.detach().reshape(1), self.logits.grad.flatten()])


class EmbeddingGradient:
    """The gradient of a table of vectors for the sum of the rows looked up, each times a given row."""

    def __init__(self, q):
        self.table = numbers(q["table"], q["tableShape"]).requires_grad_()
        self.ids = ids(q["ids"], [q["count"]])
        self.upstream = numbers(q["upstream"], [q["count"], q["tableShape"][1]])

    def run(self):
        self.table.grad = None
        F.embedding(self.ids, self.table).backward(self.upstream)

    def answer(self):
        return self.table.grad.flatten()


class AdamSteps:
    def __init__(self, q):
        self.parameter = numbers(q["parameter"], [q["count"]]).requires_grad_()
        self.parameter.grad = numbers(q["gradient"], [q["count"]])
        self.optimizer = torch.optim.Adam([self.parameter], lr=1e-3)

    def run(self):
        self.optimizer.step()

    def answer(self):
        return self.parameter.detach()[:1000]


class Transformer(Training):
    """A decoder-only language model, norm after the sum as in 2017: embedding, positions, blocks, Linear."""

    def __init__(self, q):
        self.w = {
            name: numbers(text, q["shapes"][name]).requires_grad_() for name, text in q["weights"].items()
        }
        self.positions = numbers(q["positions"], q["positionsShape"])
        self.heads = q["heads"]
        self.layers = q["layers"]
        self.inputs = ids(q["inputs"], q["inputsShape"])
        self.targets = ids(q["targets"], q["inputsShape"])
        length = self.inputs.shape[1]
        self.later = torch.triu(torch.full((length, length), -math.inf), 1)
        self.start(list(self.w.values()))

    def loss(self):
        w = self.w
        x = F.embedding(self.inputs, w["embedding"]) + self.positions
        batch, length, width = x.shape
        for i in range(self.layers):
            qkv = F.linear(x, w[f"{i}.qkv"], w[f"{i}.qkvBias"])
            q, k, v = (
                t.reshape(batch, length, self.heads, -1).transpose(1, 2) for t in qkv.chunk(3, dim=-1)
            )
            scores = q @ k.transpose(-1, -2) / math.sqrt(width / self.heads) + self.later
            mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width)
            x = x + F.linear(mixed, w[f"{i}.out"], w[f"{i}.outBias"])
            x = F.layer_norm(x, (width,), w[f"{i}.norm1"], w[f"{i}.norm1Bias"])
            inner = F.relu(F.linear(x, w[f"{i}.up"], w[f"{i}.upBias"]))
            x = x + F.linear(inner, w[f"{i}.down"], w[f"{i}.downBias"])
            x = F.layer_norm(x, (width,), w[f"{i}.norm2"], w[f"{i}.norm2Bias"])
        logits = F.linear(x, w["head"], w["headBias"])
        return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), self.targets.flatten())


QUESTIONS = {
    "matmul": Product,
    "sequence": Sequence,
    "characters": Characters,
    "cross_entropy": CrossEntropy,
    "embedding": EmbeddingGradient,
    "adam": AdamSteps,
    "transformer": Transformer,
}


def handle(made, request):
    if "make" in request:
        made.append(QUESTIONS[request["make"]](request))
        return {"id": len(made) - 1}
    if "run" in request:
        for _ in range(request["times"]):
            made[request["run"]].run()
        return {}
    if "answer" in request:
        return {"values": made[request["answer"]].answer().tolist()}
    made[request["free"]] = None
    return {}


def main():
    print(json.dumps({"version": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    made = []
    for line in sys.stdin:
        try:
            answer = handle(made, json.loads(line))
        except Exception as error:  # whatever it is, the other side says it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
