"""YAML as repositories that deploy something hold it, for benchmarks: the same text for the same number."""

from __future__ import annotations

__all__ = ["deployment", "resource_definition", "something_else"]

_WORDS = ("order", "invoice", "customer", "payment", "basket", "catalogue", "shipment", "refund", "ledger", "voucher")
_DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {plural}.shop.example
spec:
  group: shop.example
  names:
    kind: {kind}
    plural: {plural}
  scope: Namespaced
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        type: object
        properties:
"""
_PROPERTY = """\
          {word}:
            description: |-
              What the {word} of a {kind} is made of; an image of it
              is kept for as long as it is wanted.
            type: object
            properties:
"""
_FIELDS = "".join(
    f"""\
              {word}Name:
                description: A name, in lower case, of at most 63 characters.
                maxLength: 63
                minLength: 1
                type: string
"""
    for word in _WORDS
)


def deployment(number: int) -> str:
    """A deployment of one container, whose image has no digest, and the service before it."""
    name = f"{_WORDS[number % 10]}-{number}"
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{app: {name}, tier: backend}}
spec:
  replicas: {number % 4 + 1}
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
        - name: server
          image: ghcr.io/example/{name}:1.{number % 9}.0
          ports:
            - containerPort: 8080
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
"""


def something_else(number: int) -> str:
    """A file of another kind: a configuration map, a service, a translation, tasks, an interface, values of an application."""
    return _KINDS[number % len(_KINDS)](number)


def resource_definition(number: int) -> str:
    """A custom resource definition with a schema a few levels deep, as generators write them."""
    kind = f"{_WORDS[number % 10].title()}{number}"
    properties = "".join(_PROPERTY.format(word=word, kind=kind) + _FIELDS for word in _WORDS)
    return _DEFINITION.format(kind=kind, plural=f"{kind.lower()}s") + properties + "    served: true\n    storage: true\n"


def _configuration(number: int) -> str:
    values = "".join(f"  {word}.timeout: '{number % 60}s'\n  {word}.url: https://{word}.example/{number}\n" for word in _WORDS)
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-{number}\ndata:\n{values}"


def _service(number: int) -> str:
    name = f"{_WORDS[number % 10]}-{number}"
    return (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector:\n    app: {name}\n"
        "  ports:\n    - name: http\n      port: 80\n      targetPort: 8080\n"
    )


def _translation(number: int) -> str:
    return "de:\n" + "".join(f'  {word}_{part}: "Text {number} von {word}, Teil {part}"\n' for word in _WORDS for part in range(6))


def _tasks(number: int) -> str:
    return "---\n" + "".join(
        f"- name: Configure the {word} of host {number}\n  ansible.builtin.template:\n    src: {word}.conf.j2\n"
        f"    dest: /etc/{word}.conf\n    mode: '0644'\n  notify: restart {word}\n"
        for word in _WORDS
    )


def _interface(number: int) -> str:
    head = f"openapi: 3.0.3\ninfo:\n  title: Shop {number}\n  version: 1.0.0\npaths:\n"
    return head + "".join(
        f"  /{word}s/{{id}}:\n    get:\n      operationId: get_{word}\n"
        f"      responses:\n        '200':\n          description: One {word}\n"
        for word in _WORDS
    )


def _application(number: int) -> str:
    return f"server:\n  port: {8000 + number % 999}\nspring:\n  application:\n    name: {_WORDS[number % 10]}\n" + "".join(
        f"{word}:\n  enabled: true\n  retries: {number % 5}\n" for word in _WORDS
    )


_KINDS = (_configuration, _service, _translation, _tasks, _interface, _application)
