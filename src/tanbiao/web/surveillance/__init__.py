"""A certificate's life after issue: surveillance, complaints and appeals, transfer, work items, notices."""
