"""Has five child runs, each with a value of its own; each is completed where its block ends."""

from azureml.core import Run

run = Run.get_context()
for number in range(5):
    with run.child_run() as child:
        child.log(name="Hello from child run", value=number)
        print(f"Child {number} is {child.id}")
