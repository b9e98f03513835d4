import time,sys,collections
from tests.faults import checker as K
from tests.faults.stage import *
from tests.faults.running import *
import tests.faults.running as R
import sqlalchemy as sa
real=K.check
def spy(story, accepted, **how):
    import pickle
    rows=[]
    pickle.dump((story, list(accepted), how), open("/tmp/spy.pkl","wb"))
    return real(story, accepted, **how)
R.check=spy
rj=R.judge
def j(stage, story, **how):
    out=rj(stage, story, **how)
    import shutil; shutil.copy(stage.site.home/"state.db","/tmp/spy.db")
    print("unfinished", stage.unfinished(), list(stage.state.engine.connect().exec_driver_sql("select state, count(*) n, max(attempts) a from outbox group by state")))
    return out
R.judge=j
if __name__ == "__main__":
    db=Database("SQLite"); t=time.time()
    print(killed_at_random(db, 20260312, 250), time.time()-t, flush=True)
