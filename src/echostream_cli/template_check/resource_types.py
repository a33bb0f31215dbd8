"""What AWS's documents say of the resource types that the template uses, beyond their schemas.

For each type: what `!Ref` returns ("name", "arn" or a sample of a generated value), the ARNs that
policies see, the property with its name, the longest name, and where a name must be unique. A type
that the template starts to use needs a line here; the check says so.
"""

from dataclasses import dataclass
from enum import Enum


class Scope(Enum):
    """Where no two resources of a type may have one name."""

    NONE = "nowhere; the service identifies the resource by an id"
    REGION = "an account and region"
    ACCOUNT = "all regions of an account"
    ACCOUNTS_OF_REGION = "all accounts of a region"
    WORLD = "all accounts and regions"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One type. ARNs begin after `arn:<partition>:`; `{name}` is the physical name.

    Policies see all of `arns`; the first one is what `Arn` returns. `name` is the path of the
    property with the name, empty where a resource has none. `longest` counts characters.
    """

    arns: tuple[str, ...]
    ref: str = "name"
    name: str = ""
    longest: int = 0
    scope: Scope = Scope.NONE
    is_lower_case: bool = False


API = "apigateway:{region}::/apis/a1b2c3d4e5"
POOL = "{region}_Abc12345D"
GLUE = "glue:{region}:{account}:"
LAMBDA = "lambda:{region}:{account}:"
TYPES = {
    "AWS::ApiGatewayV2::Api": ResourceType((API,), "a1b2c3d4e5", "Name", 128),
    "AWS::ApiGatewayV2::Authorizer": ResourceType((f"{API}/authorizers/x1y2z3",), "x1y2z3"),
    "AWS::ApiGatewayV2::Integration": ResourceType((f"{API}/integrations/x1y2z3",), "x1y2z3"),
    "AWS::ApiGatewayV2::Route": ResourceType((f"{API}/routes/x1y2z3",), "x1y2z3"),
    "AWS::ApiGatewayV2::Stage": ResourceType((f"{API}/stages/{{name}}",), "name", "StageName", 128),
    "AWS::Athena::WorkGroup": ResourceType(
        ("athena:{region}:{account}:workgroup/{name}",), "name", "Name", 128, Scope.REGION
    ),
    "AWS::Budgets::Budget": ResourceType(
        ("budgets::{account}:budget/{name}",), "name", "Budget.BudgetName", 100, Scope.ACCOUNT
    ),
    "AWS::Budgets::BudgetsAction": ResourceType(
        ("budgets::{account}:budget/{name}/action/12345678-1234-1234-1234-123456789012",),
        "12345678-1234-1234-1234-123456789012",
    ),
    "AWS::CloudFront::Distribution": ResourceType(
        ("cloudfront::{account}:distribution/E2ABCDEFGHIJKL",), "E2ABCDEFGHIJKL"
    ),
    "AWS::CloudFront::OriginAccessControl": ResourceType(
        ("cloudfront::{account}:origin-access-control/E3ABCDEFGHIJKL",),
        *("E3ABCDEFGHIJKL", "OriginAccessControlConfig.Name", 64, Scope.ACCOUNT),
    ),
    "AWS::CloudFront::ResponseHeadersPolicy": ResourceType(
        ("cloudfront::{account}:response-headers-policy/12345678-1234-1234-1234-123456789012",),
        "12345678-1234-1234-1234-123456789012",
        *("ResponseHeadersPolicyConfig.Name", 128, Scope.ACCOUNT),
    ),
    "AWS::CloudWatch::Alarm": ResourceType(
        ("cloudwatch:{region}:{account}:alarm:{name}",), "name", "AlarmName", 255, Scope.REGION
    ),
    # "All dashboards in your account are global, not region-specific" (PutDashboard).
    "AWS::CloudWatch::Dashboard": ResourceType(
        ("cloudwatch::{account}:dashboard/{name}",), "name", "DashboardName", 255, Scope.ACCOUNT
    ),
    "AWS::CodeDeploy::Application": ResourceType(
        ("codedeploy:{region}:{account}:application:{name}",),
        *("name", "ApplicationName", 100, Scope.REGION),
    ),
    "AWS::CodeDeploy::DeploymentGroup": ResourceType(
        ("codedeploy:{region}:{account}:deploymentgroup:{name}/{name}",),
        *("name", "DeploymentGroupName", 100, Scope.REGION),
    ),
    "AWS::Cognito::UserPool": ResourceType(
        (f"cognito-idp:{{region}}:{{account}}:userpool/{POOL}",), POOL, "UserPoolName", 128
    ),
    "AWS::Cognito::UserPoolClient": ResourceType(
        (f"cognito-idp:{{region}}:{{account}}:userpool/{POOL}",),
        *("1example23456789abcdefghij", "ClientName", 128),
    ),
    "AWS::Cognito::UserPoolDomain": ResourceType(
        (f"cognito-idp:{{region}}:{{account}}:userpool/{POOL}",),
        *("name", "Domain", 63, Scope.ACCOUNTS_OF_REGION),
    ),
    "AWS::Cognito::UserPoolIdentityProvider": ResourceType(
        (f"cognito-idp:{{region}}:{{account}}:userpool/{POOL}",), "name", "ProviderName", 32
    ),
    "AWS::Cognito::UserPoolResourceServer": ResourceType(
        (f"cognito-idp:{{region}}:{{account}}:userpool/{POOL}",), "name", "Identifier", 256
    ),
    "AWS::DynamoDB::Table": ResourceType(
        ("dynamodb:{region}:{account}:table/{name}",), "name", "TableName", 255, Scope.REGION
    ),
    "AWS::Events::Rule": ResourceType(
        ("events:{region}:{account}:rule/{name}",), "name", "Name", 64, Scope.REGION
    ),
    "AWS::Glue::Crawler": ResourceType(
        (f"{GLUE}crawler/{{name}}",), "name", "Name", 255, Scope.REGION
    ),
    "AWS::Glue::Database": ResourceType(
        (
            *(f"{GLUE}database/{{name}}", f"{GLUE}catalog", f"{GLUE}table/{{name}}/raw"),
            f"{GLUE}userDefinedFunction/{{name}}/one",
        ),
        *("name", "DatabaseInput.Name", 255, Scope.REGION, True),
    ),
    # A table's database is unique, so its own name need not be.
    "AWS::Glue::Table": ResourceType(
        (f"{GLUE}table/{{database}}/{{name}}", f"{GLUE}database/{{database}}", f"{GLUE}catalog"),
        *("name", "TableInput.Name", 255, Scope.NONE, True),
    ),
    "AWS::IAM::ManagedPolicy": ResourceType(
        ("iam::{account}:policy/{name}",), "arn", "ManagedPolicyName", 128, Scope.ACCOUNT
    ),
    "AWS::IAM::OIDCProvider": ResourceType(
        ("iam::{account}:oidc-provider/token.actions.githubusercontent.com",), "arn"
    ),
    "AWS::IAM::Policy": ResourceType(("iam::{account}:role/{stack}-Role-ABCDEFGHIJKL",)),
    "AWS::IAM::Role": ResourceType(
        ("iam::{account}:role{path}{name}",), "name", "RoleName", 64, Scope.ACCOUNT
    ),
    "AWS::Kinesis::Stream": ResourceType(
        ("kinesis:{region}:{account}:stream/{name}",), "name", "Name", 128, Scope.REGION
    ),
    "AWS::Lambda::Alias": ResourceType(
        (f"{LAMBDA}function:{{function}}:{{name}}", f"{LAMBDA}function:{{function}}"),
        *("arn", "Name", 128),
    ),
    "AWS::Lambda::EventInvokeConfig": ResourceType((f"{LAMBDA}function:{{function}}",)),
    "AWS::Lambda::EventSourceMapping": ResourceType(
        (f"{LAMBDA}event-source-mapping:12345678-1234-1234-1234-123456789012",),
        "12345678-1234-1234-1234-123456789012",
    ),
    "AWS::Lambda::Function": ResourceType(
        (f"{LAMBDA}function:{{name}}",), "name", "FunctionName", 64, Scope.REGION
    ),
    # Versions share the layer's name.
    "AWS::Lambda::LayerVersion": ResourceType(
        (f"{LAMBDA}layer:{{name}}:1", f"{LAMBDA}layer:{{name}}"), "arn", "LayerName", 140
    ),
    "AWS::Lambda::Permission": ResourceType((f"{LAMBDA}function:{{function}}",)),
    "AWS::Lambda::Version": ResourceType(
        (f"{LAMBDA}function:{{function}}:1", f"{LAMBDA}function:{{function}}"), "arn"
    ),
    "AWS::Logs::LogGroup": ResourceType(
        ("logs:{region}:{account}:log-group:{name}:*", "logs:{region}:{account}:log-group:{name}"),
        *("name", "LogGroupName", 512, Scope.REGION),
    ),
    "AWS::S3::Bucket": ResourceType(
        ("s3:::{name}",), "name", "BucketName", 63, Scope.WORLD, is_lower_case=True
    ),
    "AWS::S3::BucketPolicy": ResourceType(("s3:::{bucket}",)),
    "AWS::SNS::Topic": ResourceType(
        ("sns:{region}:{account}:{name}",), "arn", "TopicName", 256, Scope.REGION
    ),
    "AWS::SNS::TopicPolicy": ResourceType(("sns:{region}:{account}:{stack}-Topic-ABCDEFGHIJKL",)),
    "AWS::SQS::Queue": ResourceType(
        ("sqs:{region}:{account}:{name}",), "url", "QueueName", 80, Scope.REGION
    ),
}
