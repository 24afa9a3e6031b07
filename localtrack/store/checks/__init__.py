"""What can be wrong with a workspace, one kind of it in each module; put together by `localtrack.executor.checking`.

finding     what a check found
integrity   the database file
tables      rows against each other
summaries   what is kept of each metric against its points
journals    journals and owners' locks
files       files against rows
leftovers   what killed processes have left
machine     SQLite, the file system and the write lock

Others write while a workspace is checked. So a check asks one question by one statement; looks again, row and file,
before it calls something missing; and looks under the write lock, or twice, before it calls something left over.
"""
