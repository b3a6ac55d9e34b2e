"""What the persona service is told from outside."""

from typing import ClassVar

from pydantic import Field

from kernel.settings import ServiceSettings


class PersonaSettings(ServiceSettings):
    """Settings of the persona service, beside the common ones."""

    service: ClassVar[str] = "persona"

    lake_url: str = Field("", description="Folder or s3:// URL of the fact table; empty: lake in data_dir.")
    small_cell: int = Field(10, ge=3, description="People below which a number about a group is not shown.")
    fewest_people: int = Field(30, ge=10, description="Consenting customers below which a run is refused.")
    floor_share: float = Field(
        0.02, ge=0, le=0.3, description="Smallest share of the customers that may be a persona of its own."
    )
    fewest_contacts: float = Field(
        3.0, ge=1, description="Median records a customer from which coverage calls the data enough."
    )
    narrow_margin: float = Field(
        0.05, ge=0, le=1, description="Margin below which a person is said to be of no one persona."
    )
    run_memory: str = Field("1GB", description="Memory that DuckDB may use in a run, as DuckDB writes sizes.")
    run_timeout_s: float = Field(3600.0, gt=0, description="Seconds after which a run is stopped and failed.")

    def resolved_lake_url(self) -> str:
        """The fact table's address with the default filled in."""
        return self.lake_url or str(self.data_dir / "lake")
