"""What every house rule is: a frozen record that knows all its fields."""

from pydantic import BaseModel, ConfigDict


class HouseRules(BaseModel):
    """A group of house rules, replaced as a whole; a name that it does not have is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
