"""``make bench``: every benchmark, one after the other. They print figures and assert nothing."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import ingest_files
import main_job
import mapping
import quality

quality.main()
ingest_files.main()
main_job.main()
mapping.main()
