"""What CloudFormation makes of the template's values: parameters, conditions and references."""

import re

PSEUDO = {
    "AWS::Region": "us-east-1",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::Partition": "aws",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "echostream",
}
NO_VALUE = {"Ref": "AWS::NoValue"}
VARIABLE = re.compile(r"\$\{([^!}]+)\}")


class Values:
    """Evaluates a translated template. A reference that `resources` lacks becomes its name."""

    def __init__(self, template, parameters, resources):
        self._template = template
        self._names = {
            **PSEUDO,
            **{name: p.get("Default", "") for name, p in template["Parameters"].items()},
            **parameters,
            **resources,
        }

    def of(self, section, name):
        """The value of an entry of a section, such as a resource."""
        return self._value(self._template[section][name])

    def _value(self, value):
        if isinstance(value, list):
            return [self._value(item) for item in value if self._is_there(item)]
        if not isinstance(value, dict):
            return value
        [(key, argument), *more] = value.items() or [("", None)]
        function = getattr(self, "_" + key.removeprefix("Fn::").lower(), None)
        if not more and function and (key == "Ref" or key.startswith("Fn::")):
            return function(argument)
        return {k: self._value(item) for k, item in value.items() if self._is_there(item)}

    def _is_there(self, item):
        while isinstance(item, dict) and "Fn::If" in item:
            item = self._chosen(item["Fn::If"])
        return item != NO_VALUE

    def _ref(self, name):
        return str(self._names.get(name, name))

    def _getatt(self, name):
        name = name if isinstance(name, str) else ".".join(name)
        return self._names.get(name, name)

    def _sub(self, argument):
        text, own = argument if isinstance(argument, list) else (argument, {})
        own = {name: self._value(value) for name, value in own.items()}
        return VARIABLE.sub(lambda match: str({**self._names, **own}.get(match[1], match[1])), text)

    def _select(self, argument):
        return self._value(argument[1])[int(argument[0])]

    def _split(self, argument):
        return self._value(argument[1]).split(argument[0])

    def _join(self, argument):
        return argument[0].join(map(str, self._value(argument[1])))

    def _if(self, argument):
        return self._value(self._chosen(argument))

    def _chosen(self, argument):
        condition, yes, no = argument
        return yes if self._is_true({"Condition": condition}) else no

    def _is_true(self, expression):
        [(key, argument)] = expression.items()
        match key:
            case "Condition":
                return self._is_true(self._template["Conditions"][argument])
            case "Fn::Not":
                return not self._is_true(argument[0])
            case "Fn::And":
                return all(map(self._is_true, argument))
            case "Fn::Or":
                return any(map(self._is_true, argument))
        assert key == "Fn::Equals"
        first, second = map(self._value, argument)
        return str(first) == str(second)
